"""A source's branch head → desired records, and who is to look at what changed.

Safe to run again after a crash anywhere: records are written before anybody is woken, the head last,
and until the head is stored everything that its commit changed is woken again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ecs_gitops.compare.statement import with_digests
from ecs_gitops.git.remote import Remote
from ecs_gitops.ingest.answers import Answers
from ecs_gitops.ingest.unread import keep
from ecs_gitops.manifest.faults import Fault
from ecs_gitops.manifest.load import LoadedTree, Lookup, load
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.desired import Desired, Problem, Stated
from ecs_gitops.model.errors import TooLargeError
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.settings import Settings
from ecs_gitops.model.vocabulary import Reason, Why
from ecs_gitops.rollout.upgrade import renamed_by
from ecs_gitops.runtime.side_by_side import Beside

if TYPE_CHECKING:
    from ecs_gitops.aws.dynamodb import Table
    from ecs_gitops.aws.sqs import Queue

PUSH, REFERENCE_CHANGED = Why.PUSH.value, Why.REFERENCE_CHANGED.value
_SHOWN_FAULTS = 10


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What one read of a source found.

    changed: services whose desired record was written; woken: those told to look.
    at: when it was read.
    """

    commit: str
    sequence: int
    changed: tuple[ServiceKey, ...]
    woken: tuple[ServiceKey, ...]
    at: float
    faults: Mapping[ServiceKey | None, tuple[Fault, ...]]


def ingest(
    cause: Cause,
    *,
    remote: Remote,
    records: Table,
    queue: Queue,
    lookup: Lookup,
    settings: Settings,
    now: float,
    beside: Beside | None = None,
    pushed: tuple[str, ...] = (),
    hops: int = 1,
) -> IngestResult:
    """Read the head of the one source, write what it changed, wake who must look.

    pushed: the commits that asked for this read; those that are not its head are part of it.
    hops: functions that were invoked one through the other until now.

    Raises SourceError when the source cannot be read, RetryableError when a look-up or the source may
    answer in a moment; everything that could be read is recorded first, and nothing is ever pruned
    for want of an answer. Whatever is raised, bugs too, is kept with the source until a read succeeds.
    """
    beside = beside or Beside()
    fetched = beside.start(lambda: remote.fetch(settings.config_path.split("/")[0]))
    known = beside.start(lambda: records.desired(records.keys()))
    source = records.begin_read(settings.source_id)
    commit = cause.commit
    try:
        tree = fetched()
        commit = tree.commit
        answers = Answers(lookup, settings, beside)
        loaded = load(tree, settings.config_path, lookup=answers, expect=answers.expect)
        reading = _Reading(tree, loaded, source.sequence, settings, _why(tree, source.head, remote))
        passed = tuple(each for each in pushed if each not in (tree.commit, source.head))
        found = _take_in(
            reading,
            known(),
            partial(Wake, passed=passed, hops=hops),
            cause,
            again=bool(passed),
            records=records,
            queue=queue,
            beside=beside,
            now=now,
        )
        for error in loaded.postponed.values():
            raise error
        if reading.notice != source.notice:
            records.note(settings.source_id, now, notice=reading.notice)
        records.put_head(settings.source_id, tree.commit, source.sequence, looks_up=answers.were_asked)
    except Exception as error:
        keep(records, settings.source_id, error, commit=commit, sequence=source.sequence, now=now)
        raise
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """One read of the source, in its place in the order of reads."""

    tree: Tree
    loaded: LoadedTree
    sequence: int
    settings: Settings
    cause: str

    @property
    def notice(self) -> str:
        """What belongs to no service: a folder without any, and files that name none."""
        commit, path = self.tree.commit[:7], self.settings.config_path
        if not self.loaded.paths:
            return f"Commit {commit} holds no manifests below {path}/; no service is deleted for that."
        faults = self.loaded.faults.get(None, ())
        return _problem(faults, commit).message if faults else ""

    def desired(self, stored: Mapping[ServiceKey, Desired]) -> list[Desired]:
        """Git's word on every service that has, or had, a place in the tree."""
        found = [
            self._present(key, stored.get(key))
            for key in self.loaded.paths
            if key not in self.loaded.postponed
        ]
        return found + self._absent(stored)

    def _present(self, key: ServiceKey, before: Desired | None) -> Desired:
        desired = before or Desired(key, "", "", 0, None)
        desired = replace(
            desired,
            path=self.loaded.paths[key],
            commit=self.tree.commit,
            sequence=self.sequence,
            present=True,
            in_scope=self.settings.follows(key.cluster),
            prune_allowed=False,
            cause=self.cause,
        )
        manifest = self.loaded.manifests.get(key)
        if manifest is None:
            return replace(desired, problem=_problem(self.loaded.faults[key], self.tree.commit))
        unread = [each for each in manifest.rollout.wait_for if each in self.loaded.postponed]
        return replace(
            desired,
            stated=_since(manifest.stated, before),
            rollout=manifest.rollout,
            policy=manifest.policy,
            problem=None,
            unread=tuple(unread),
            renamed=renamed_by(before) if before else {},
        )

    def _absent(self, stored: Mapping[ServiceKey, Desired]) -> list[Desired]:
        """Services whose file is gone from a tree that was read whole and is not empty."""
        if not self.loaded.paths or self.cause == REFERENCE_CHANGED:
            return []  # what is absent from a head that was taken in was judged then
        gone = [
            desired
            for key, desired in stored.items()
            if key not in self.loaded.paths and not self.tree.hides(desired.path)
        ]
        fresh = [desired for desired in gone if desired.present or desired.commit == self.tree.commit]
        known = sum(desired.present for desired in stored.values()) + sum(
            not desired.present for desired in fresh
        )
        allowed = sum(desired.policy.prune for desired in fresh) <= max(1, known // 10)
        allowed = allowed and self.cause != Why.REWRITTEN
        return [
            replace(
                desired,
                commit=self.tree.commit,
                sequence=self.sequence,
                present=False,
                prune_allowed=allowed,
                cause=self.cause,
                problem=None,
            )
            for desired in fresh
        ]


def _take_in(
    reading: _Reading,
    stored: dict[ServiceKey, Desired],
    wake: Callable[[ServiceKey, Cause], Wake],
    cause: Cause,
    *,
    again: bool,
    records: Table,
    queue: Queue,
    beside: Beside,
    now: float,
) -> IngestResult:
    """Write what a read changed, and wake who must look. again: it passed over commits."""
    loaded, commit = reading.loaded, reading.tree.commit
    stored |= records.desired(key for key in loaded.paths if key not in stored)  # new, or the index lags
    changed = [desired for desired in reading.desired(stored) if _differs(desired, stored.get(desired.key))]
    for put in [beside.start(partial(_put, desired, stored, records)) for desired in changed]:
        put()
    woken = _to_wake(changed, stored.values(), reading, again=again)
    why = Cause(reading.cause, f"{commit}@{reading.sequence}", commit, cause.id)
    queue.send_many(wake(key, why) for key in woken)
    written = tuple(desired.key for desired in changed)
    return IngestResult(commit, reading.sequence, written, woken, now, loaded.faults)


def _put(desired: Desired, stored: Mapping[ServiceKey, Desired], records: Table) -> None:
    """Write one service's word; what is too large to be remembered is a fault of its manifest."""
    try:
        records.put_desired(desired)
    except TooLargeError as error:
        before = stored.get(desired.key)
        problem = Problem(Reason.TOO_LARGE, f"{desired.path}: {error}. Make it smaller.", desired.commit)
        stated = before.stated if before else None
        records.put_desired(replace(desired, stated=stated, problem=problem))


def _why(tree: Tree, head: str | None, remote: Remote) -> str:
    """Why this read may find something new: of a rewritten history nothing is pruned."""
    if tree.commit == head:
        return REFERENCE_CHANGED
    if head is None or remote.holds(head, tree):
        return PUSH
    return Why.REWRITTEN.value


def _differs(desired: Desired, before: Desired | None) -> bool:
    """Whether a record says something new; which commit or read said it is nothing new."""
    if before is None:
        return True
    return _said(desired) != _said(before)


def _said(desired: Desired) -> Desired:
    stated = desired.stated and Stated(desired.stated.digest, "", None, None)
    problem = desired.problem and replace(desired.problem, commit="")
    return replace(desired, commit="", sequence=0, cause="", stated=stated, problem=problem, renamed={})


def _to_wake(
    changed: list[Desired], stored: Iterable[Desired], reading: _Reading, *, again: bool
) -> tuple[ServiceKey, ...]:
    """What changed now; for a head not stored yet also what an earlier run of it may have left asleep.

    again: the head is known, and more commits are known to be part of it than before.
    """
    keys = {desired.key for desired in changed}
    if reading.cause != REFERENCE_CHANGED or again:
        keys |= {desired.key for desired in stored if desired.commit == reading.tree.commit}
    return tuple(sorted(keys))


def _since(stated: Stated, before: Desired | None) -> Stated:
    """With the commit that brought its revision part: an older one, where this one left that as it was."""
    known = with_digests(before.stated) if before and before.stated else None
    if known is None or known.revision != stated.revision:
        return stated
    return replace(stated, since=known.since or known.commit)


def _problem(faults: tuple[Fault, ...], commit: str) -> Problem:
    errors = [fault for fault in faults if not fault.warning]
    shown = [str(fault) for fault in errors[:_SHOWN_FAULTS]]
    if len(errors) > _SHOWN_FAULTS:
        shown.append(f"and {len(errors) - _SHOWN_FAULTS} more")
    reasons = {fault.reason for fault in errors}
    reason = Reason.INVALID_MANIFEST if Reason.INVALID_MANIFEST in reasons else min(reasons)
    return Problem(reason, "\n".join(shown), commit)
