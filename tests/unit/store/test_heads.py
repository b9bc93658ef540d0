"""What is remembered of a source, and what of it a person should mend."""

from __future__ import annotations

from ecs_gitops.store.heads import Source, source_from

GONE = "cannot read https://git.example.com/config: there is no branch main"


def told(source: Source) -> list[tuple[str, str]]:
    return [(each.what, each.message) for each in source.troubles]


def test_an_item_of_an_earlier_release_says_what_it_knows():
    item = {"head": {"S": "c0ffee"}, "sequence": {"N": "7"}, "unreadable": {"S": GONE}}
    item |= {"unreadable_at": {"N": "12.500"}, "looks_up": {"BOOL": False}, "unread_at": {"N": "3"}}
    known = Source("c0ffee", 7, looks_up=False, unreadable=GONE, unreadable_at=12.5, unread_at=3.0)
    assert source_from(item) == known
    assert source_from({}) == Source()


def test_what_stops_the_poll_and_the_reading_alike_is_told_once():
    said = f"Commit c0ffee2 is not taken in: {GONE}"
    assert told(Source(unreadable=GONE, unread=said)) == [("unreadable", GONE)]
    assert told(Source(unread=said)) == [("unread", said)]
    other = "Commit c0ffee2 is not taken in: it is too large"
    assert told(Source(unreadable=GONE, unread=other)) == [("unreadable", GONE), ("unread", other)]


def test_a_head_is_late_only_where_no_reading_says_why():
    assert told(Source(late="late", unread="why")) == [("unread", "why")]
    assert told(Source(late="late", notice="empty")) == [("late", "late"), ("notice", "empty")]
    assert told(Source(head="c0ffee")) == []
