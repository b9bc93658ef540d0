"""What is said of a load: every failure is counted, by its cause, from the generator's lines alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.stories.load_report import Report, Seen, report


def a_line(number: int, **facts: Any) -> str:
    """One good answer of version v1, 20 ms apart, unless told otherwise."""
    whole = {
        "number": number,
        "at": 1000 + number / 50,
        "late_ms": 0.5,
        "ms": 4.0,
        "connection": "kept" if number % 2 else "new",
        "status": 200,
        "version": "v1",
        "error": "",
    }
    return json.dumps(whole | facts)


def test_a_load_is_summed_up_from_its_lines() -> None:
    lines = [
        a_line(0, ms=9.0),
        a_line(2, version="v2"),
        a_line(1),
        a_line(3, late_ms=3.0),
        a_line(4, version="v2"),
    ]
    assert report(lines) == Report(
        requests=5,
        failed=0,
        causes={},
        versions={"v1": Seen(3, 1000.0, 1000.06), "v2": Seen(2, 1000.04, 1000.08)},
        percentiles_ms={50: 4.0, 90: 9.0, 99: 9.0, 100: 9.0},
        rate=pytest.approx(50.0),
        late_ms=3.0,
        new=3,
    )


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"error": "timeout", "status": None, "version": None}, "timeout"),
        ({"error": "ConnectionResetError: ", "status": None, "version": None}, "connection"),
        ({"status": 503, "version": None}, "status"),
        ({"status": 500}, "status"),
        ({"version": None}, "body"),
        ({"status": 404, "version": None}, "body"),
    ],
)
def test_each_way_to_fail_is_counted_and_gives_no_version(facts: dict[str, Any], cause: str) -> None:
    result = report([a_line(0), a_line(1, **facts)])
    assert (result.failed, result.causes) == (1, {cause: 1})
    assert result.versions["v1"].count == 1


def test_versions_overlap_only_if_the_old_one_still_answered_after_the_new_one_did() -> None:
    apart = report([a_line(0), a_line(1), a_line(2, version="v2")])
    mixed = report([a_line(0), a_line(1, version="v2"), a_line(2)])
    assert (apart.overlapped("v1", "v2"), mixed.overlapped("v1", "v2")) == (False, True)
    assert not apart.overlapped("v1", "v9")


def test_a_line_cut_short_is_an_error_and_not_a_request_less() -> None:
    with pytest.raises(ValueError, match="Unterminated"):
        report([a_line(0), a_line(1)[:30]])


def test_no_lines_are_no_requests() -> None:
    assert report([]) == Report(0, 0, {}, {}, {}, 0.0, 0.0, 0)


def test_a_summary_reads_as_one_line() -> None:
    assert str(report([a_line(0), a_line(1, status=502, version=None)])) == (
        "2 requests (1 on new connections) at 50.0/s, 1 failed (1 status); versions: v1 1; "
        "p50 4 ms, p90 4 ms, p99 4 ms, p100 4 ms"
    )


@given(st.lists(st.sampled_from(["", "timeout", "reset"]), max_size=50), st.randoms())
def test_good_and_failed_requests_are_all_of_them_in_any_order(errors: list[str], chance: Any) -> None:
    lines = [a_line(number, error=error) for number, error in enumerate(errors)]
    ordered = report(lines)
    chance.shuffle(lines)
    assert report(lines) == ordered
    good = sum(seen.count for seen in ordered.versions.values())
    assert good + ordered.failed == ordered.requests == len(errors)
    assert ordered.failed == sum(error != "" for error in errors)
