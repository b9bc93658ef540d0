"""What is told of a fault is short, whatever the manifest holds."""

from __future__ import annotations

from ecs_gitops.manifest.faults import MOST_SAID, Fault


def test_a_fault_is_told_with_its_place_and_hints() -> None:
    fault = Fault("a.yaml", 2, 3, "service.desiredCount", "is text ('x')", "a whole number", "1")
    assert str(fault) == (
        "a.yaml:2:3: service.desiredCount: is text ('x') (expected a whole number; did you mean 1?)"
    )


def test_what_a_terminal_would_obey_is_told_in_letters() -> None:
    fault = Fault("a.yaml", 1, 1, "service.\x1b[31mcount", "unknown\nkey", suggestion="compte d'été")
    expected = r"a.yaml:1:1: service.\x1b[31mcount: unknown\nkey (did you mean compte d'été?)"
    assert str(fault) == expected


def test_what_is_too_long_to_be_told_is_cut_and_says_how_long_it_is() -> None:
    fault = Fault("a.yaml", 1, 1, "p" * 900_000, "m" * 501, "e" * MOST_SAID, "s" * 1000)
    cut = f"{'p' * MOST_SAID}… (900,000 characters): {'m' * MOST_SAID}… (501 characters)"
    hints = f"expected {'e' * MOST_SAID}; did you mean {'s' * MOST_SAID}… (1,000 characters)?"
    assert str(fault) == f"a.yaml:1:1: {cut} ({hints})"
