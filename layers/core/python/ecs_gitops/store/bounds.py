"""How much is remembered: whatever can grow is cut before it is stored, and says so. Pure.

DynamoDB takes an item of 400 KB and a transaction of 4 MB at most
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). Cutting what was cut
changes nothing, so that what is stored can be compared with what would be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ecs_gitops.model.desired import Desired
from ecs_gitops.model.live import StoppedTask
from ecs_gitops.model.record import Attempt, Change, Heal, HistoryEntry, Record, Status
from ecs_gitops.model.vocabulary import Effect

LARGEST_ITEM: Final = 400 * 1024
"""Bytes of an item, the names of its attributes included."""
LARGEST_TRANSACTION: Final = 4 * 2**20
LINES: Final = 90
"""Lines of history that are written with a record at once: a transaction holds a hundred items."""
CHANGES: Final = 100
QUARANTINED: Final = 500
_CHANGES_SIZE: Final = 24_000
"""Characters of the changes of one status, or of one line of history."""
_VALUE: Final = 1_000
"""Characters of one side of a change: more than anybody reads on a line."""
_TEXT: Final = 8_000
_SHORT: Final = 500


def size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item of texts, numbers and binaries, as DynamoDB counts them (a number at its most)."""
    return sum(
        len(name.encode()) + sum(_size(one) for one in value.values()) for name, value in item.items()
    )


def cut(text: str, longest: int = _TEXT) -> str:
    """A text of no more than so many characters; a longer one ends with how many are left out."""
    if len(text) <= longest:
        return text
    kept = longest - 40
    return f"{text[:kept]}… ({len(text) - kept:,} characters more)"


def changes(found: tuple[Change, ...]) -> tuple[Change, ...]:
    """The first of many changes; the last one then says how many more there are."""
    kept: list[Change] = []
    left = _CHANGES_SIZE
    for at, change in enumerate(found):
        short = replace(
            change, path=cut(change.path, _SHORT), live=_value(change.live), desired=_value(change.desired)
        )
        left -= len(short.path) + len(_json(short.live)) + len(_json(short.desired))
        if (at == CHANGES or left < 0) and not stands_for_more(change):
            return (*kept, _more(found[at:]))
        kept.append(short)
    return tuple(kept)


def stands_for_more(change: Change) -> bool:
    """It is no field that differs, and says how many of those are left out."""
    return change.live is None and change.desired is None


def status(told: Status) -> Status:
    """What a person is told, no longer than a person reads."""
    return replace(told, message=cut(told.message), changes=changes(told.changes))


def attempt(found: Attempt) -> Attempt:
    """An attempt, with no more than so much of what ECS complained of."""
    return replace(found, message=cut(found.message), said=cut(found.said))


def desired(found: Desired) -> Desired:
    """Git's word; of a long list of faults the first."""
    if found.problem is None:
        return found
    return replace(found, problem=replace(found.problem, message=cut(found.problem.message)))


def record(found: Record) -> Record:
    """What is remembered of a service: of what failed, the newest; why, in few words."""
    quarantine = found.quarantine[-QUARANTINED:]
    return replace(
        found,
        quarantine=tuple(replace(each, message=cut(each.message, _SHORT)) for each in quarantine),
        heals=tuple(_heal(each) for each in found.heals[-CHANGES:]),
        attempt=found.attempt and attempt(found.attempt),
        replaced=found.replaced and attempt(found.replaced),
        status=found.status and status(found.status),
        paused=found.paused and replace(found.paused, reason=cut(found.paused.reason, _SHORT)),
        changed=found.changed and replace(found.changed, what=cut(found.changed.what, _SHORT)),
        untold=cut(found.untold, 2 * _TEXT),
    )


def entry(line: HistoryEntry) -> HistoryEntry:
    """One line of history."""
    return replace(line, message=cut(line.message), changes=changes(line.changes))


def history(lines: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """The first of many lines, and one that says how many more there were."""
    if len(lines) <= LINES:
        return list(lines)
    kept, last = lines[: LINES - 1], lines[LINES - 1]
    more = f"{last.message} (and {len(lines) - LINES:,} more lines)"
    return [*kept, replace(last, message=more)]


def stopped(task: StoppedTask) -> StoppedTask:
    """A stopped task's facts."""
    containers = (replace(each, reason=cut(each.reason, _SHORT)) for each in task.containers[:50])
    return replace(task, stopped_reason=cut(task.stopped_reason, 2 * _SHORT), containers=tuple(containers))


def _more(left: Sequence[Change]) -> Change:
    effects = {change.effect for change in left}
    worst = next(each for each in reversed(Effect) if each in effects)
    return Change(f"and {len(left):,} more fields", None, None, worst)


def _value(value: Any) -> Any:
    text = value if isinstance(value, str) else _json(value)
    return value if len(text) <= _VALUE else cut(text, _VALUE)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=dict)


def _heal(found: Heal) -> Heal:
    """Of very many fields none is known: such a heal counts for each of them."""
    return found if len(found.fields) <= CHANGES else replace(found, fields=())


def _size(value: Any) -> int:
    if isinstance(value, bytes):
        return len(value)
    return len(value.encode()) if isinstance(value, str) else 1
