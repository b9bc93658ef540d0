"""A folder of real definitions → one line a file, and how many of them would be reported as drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecs_gitops.model.record import Change
from sandbox.proofs.corpus.files import Kept, files
from sandbox.proofs.corpus.judge import Judge, Verdict
from sandbox.world.world import World

OK, DRIFT, REFUSED, UNREAD = "ok", "DRIFT", "refused", "not read"


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one file."""

    path: str
    word: str
    detail: str
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.word:<9}{self.path}" + (f": {self.detail}" if self.detail else "")


def run(folder: Path, say: Callable[[str], None], judge: Callable[[World], Judge] = Judge) -> Counter[str]:
    """Say a line for each file and one at last; how many files ended in each word."""
    counts: Counter[str] = Counter()
    with World.inline() as world:
        judging = judge(world)
        for kept in files(folder):
            line = _line(kept, judging)
            counts[line.word] += 1
            counts[REFUSED] += line.refused
            say(str(line))
    say(_last(counts))
    return counts


def _last(counts: Counter[str]) -> str:
    judged = counts[OK] + counts[DRIFT]
    others = [f"{counts[REFUSED]} by ECS's answer alone, since it refuses them"] if counts[REFUSED] else []
    others += [f"{counts[UNREAD]} more {UNREAD}"] if counts[UNREAD] else []
    return f"false drift: {counts[DRIFT]} of {judged} files of definitions" + "".join(
        f"; {each}" for each in others
    )


def _line(kept: Kept, judge: Judge) -> Line:
    templates = f"{kept.templates} {'placeholder' if kept.templates == 1 else 'placeholders'}"
    templates = templates if kept.templates else ""
    if kept.trouble:
        return Line(kept.path, UNREAD, _joined(kept.trouble, templates))
    verdicts = [judge.verdict(definition) for definition in kept.definitions]
    drifted = [change for verdict in verdicts for change in verdict.changes]
    if drifted:
        return Line(kept.path, DRIFT, "; ".join(_told(change) for change in drifted))
    refused = [verdict.refused for verdict in verdicts if verdict.refused]
    told = _joined(
        _kinds(kept, verdicts), templates, *(f"though ECS {REFUSED} it: {why}" for why in refused[:1])
    )
    return Line(kept.path, OK, told, refused=bool(refused))


def _kinds(kept: Kept, verdicts: list[Verdict]) -> str:
    words = {"taskDefinition": "task definition", "service": "service"}
    counted = Counter(words[definition.kind] for definition in kept.definitions)
    return ", ".join(kind if len(verdicts) == 1 else f"{count} × {kind}" for kind, count in counted.items())


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _told(change: Change) -> str:
    return f"{change.path}: ECS says {change.live!r}, the file {change.desired!r}"
