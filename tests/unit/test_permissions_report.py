"""The table of rights: what nothing needs is shown as such, and not counted."""

from __future__ import annotations

from tests.scenarios.permissions.report import Line, last_line, table

NEEDED = Line(
    1, "Role B: b on *", "removed", (3, 1), "a push: the log is empty", "logs:Put", "in the log: no"
)
NARROW = Line(0, "Role A: a on q", "narrowed to another", (3, 1), "a push: nothing came", "sqs:Send")
GONE = Line(0, "Role A: a on q", "removed", (3, 1))


def test_each_grant_is_shown_once_in_the_templates_order_with_what_was_done_to_it() -> None:
    assert list(table([NEEDED, NARROW, GONE])) == [
        "",
        "Role A: a on q",
        "  removed",
        "    fails    NOTHING",
        "  narrowed to another",
        "    fails    a push: nothing came",
        "    refused  sqs:Send",
        "",
        "Role B: b on *",
        "  removed",
        "    fails    a push: the log is empty",
        "    refused  logs:Put",
        "    told     in the log: no",
        "",
    ]


def test_a_grant_counts_as_needed_only_where_every_change_to_it_fails_something() -> None:
    assert last_line([NEEDED, NARROW]) == "grants: 2 of 3 needed, 1 only AWS needs"
    assert last_line([NEEDED, NARROW, GONE]) == "grants: 1 of 3 needed, 1 only AWS needs"
    assert last_line([]) == "grants: 0 of 0 needed, 0 only AWS needs"
