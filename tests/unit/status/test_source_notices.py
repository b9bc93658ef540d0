"""People are told once that Git is not followed, when that lasts, and once that it is again."""

from __future__ import annotations

from dataclasses import replace

from ecs_gitops.status.source_notices import decide
from ecs_gitops.store.heads import Source
from tests.unit.builders import NOW, US

HEAD = "c0ffee2" * 5 + "c0ffe"
WELL = Source(head=HEAD)
UNREAD = replace(WELL, unread="Commit c0ffee3 is not taken in: it is large.", unread_at=NOW)


def told(*states: tuple[float, Source]) -> list[str]:
    """The first lines of what is sent while a source goes through these states, each at its second."""
    kept, sent = "", []
    for second, source in states:
        news = decide(replace(source, told=kept), US, NOW + second)
        if news:
            sent.append(news.text.partition("\n")[0])
            kept = news.told
    return sent


def test_what_is_sent():
    news = decide(UNREAD, US, NOW + 120)
    assert news == (
        "config repository: not followed\n\nCommit c0ffee3 is not taken in: it is large.\n\nWhat was "
        "taken in before stays in force: no service is changed for this.\n\naccount: 123456789012 "
        "us-east-1\ninstall: install-1",
        "unread",
    )
    over = decide(replace(WELL, told="unread"), US, NOW)
    assert over == (
        "config repository: recovered\n\nCommit c0ffee2 is the last that was taken in.\n\n"
        "account: 123456789012 us-east-1\ninstall: install-1",
        "",
    )


def test_it_is_told_once_when_it_lasts_whatever_is_added_to_it():
    away = replace(UNREAD, unreadable="cannot read it", unreadable_at=NOW + 200)
    late = replace(WELL, late="Commit c0ffee3 was seen and is not taken in.", late_at=NOW + 900)
    states = [(119, UNREAD), (120, UNREAD), (200, away), (400, away), (800, replace(away, unread=""))]
    assert told(*states, (1100, late)) == ["config repository: not followed"]
    assert told(*states, (1100, WELL), (1200, WELL)) == [
        "config repository: not followed",
        "config repository: recovered",
    ]


def test_what_passes_soon_and_what_stops_nothing_is_not_told():
    assert told((0, UNREAD), (60, WELL), (500, WELL)) == []
    assert told((0, replace(WELL, notice="Commit c0ffee2 holds no manifests.", notice_at=NOW - 900))) == []
