"""Many faults, numbers that are too large and waits in circles end in a few faults with their places."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs_gitops.manifest.faults import MOST_FAULTS
from ecs_gitops.model.names import ServiceKey
from tests.unit.manifest.hostile import CONTAINER, PATH, WEB, lines, loaded, told


def test_a_hundred_faults_are_told_and_that_there_are_more() -> None:
    found = told(loaded({PATH: CONTAINER + lines("      memori#: 1\n", 3_000)}))
    assert found[-1] == f"{PATH}: has more than {MOST_FAULTS} faults; mend these first"
    assert len(found) == MOST_FAULTS + 1
    found = told(loaded({PATH: CONTAINER + lines("      memori#: 1\n", MOST_FAULTS)}))
    assert len(found) == MOST_FAULTS


def test_warnings_never_hide_a_fault() -> None:
    limits = lines("        - {name: nofil#, softLimit: 1, hardLimit: 1}\n", 300)
    text = f"{CONTAINER}      ulimits:\n{limits}"
    found = loaded({PATH: text})
    assert told(found)[-1] == f"{PATH}: has more than {MOST_FAULTS} warnings"
    assert (len(told(found)), list(found.manifests)) == (MOST_FAULTS + 1, [WEB])
    found = loaded({PATH: f"{text}      memori: 1\nservice: {{desiredCount: -1}}\n"})
    named = [each for each in told(found) if "memori" in each or "desiredCount" in each]
    assert (len(named), list(found.manifests)) == (2, [])


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("1e999", "1e999"),
        ("-1e999", "-1e999"),
        ("9" * 100_000, f"{'9' * 20}…"),
        ("-" + "9" * 20, f"-{'9' * 19}…"),
    ],
)
@pytest.mark.parametrize(
    "place", ["values: {x: #}", "service: {desiredCount: #}", "service: {x: [{y: #}]}"]
)
def test_a_number_that_nobody_can_hold_is_one_fault_with_its_place(
    number: str, said: str, place: str
) -> None:
    column = place.index("#") + 1
    why = f"{said} is too large a number (at most 20 digits, or 1e308); quote it if it is text"
    assert told(loaded({PATH: CONTAINER + place.replace("#", number)})) == [f"{PATH}:9:{column}: {why}"]
    quoted = told(loaded({PATH: CONTAINER + place.replace("#", f'"{number}"')}))
    assert not any("too large a number" in fault for fault in quoted)


@pytest.mark.parametrize("number", ["1e999", "nan", "Infinity", "9" * 5_000])
@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("service: {desiredCount: '#'}", "a whole number"),
        ("service: {deploymentConfiguration: {canaryConfiguration: {canaryPercent: '#'}}}", "a number"),
    ],
)
def test_a_reference_to_such_a_number_is_a_fault(number: str, place: str, kind: str) -> None:
    values = f"values: {{x: '{number}'}}\n"
    wrong = [
        fault
        for fault in told(loaded({PATH: f"{CONTAINER}{values}{place.replace('#', '${value:x}')}"}))
        if "${value:x}" in fault
    ]
    assert len(wrong) == 1
    assert wrong[0].startswith(f"{PATH}:10:")
    assert f" is '{number}"[:200] in wrong[0]
    assert f": expected {kind}, not '" in wrong[0]


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=3, unique=True)
    )
)
def test_who_waits_for_itself_by_some_way_is_told_so(waits: dict[str, list[str]]) -> None:
    def awaited(start: str) -> set[str]:
        found: set[str] = set()
        ahead = [start]
        while ahead:
            if (name := ahead.pop()) not in found:
                found.add(name)
                ahead += waits.get(name, [])
        return found

    files = {
        f"d/c/{name}.yaml": CONTAINER + f"rollout: {{waitFor: [{', '.join(f'c/{o}' for o in others)}]}}\n"
        for name, others in waits.items()
    }
    found = loaded(files).faults
    for name, others in waits.items():
        faults = [fault for fault in found.get(ServiceKey("c", name), ()) if not fault.warning]
        paths = [f"rollout.waitFor[{at}]" for at, o in enumerate(others) if name in awaited(o)]
        assert [fault.path for fault in faults] == paths
