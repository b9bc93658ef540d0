"""One turn of the loop for one service: what is known of it while it is being reconciled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ecs_gitops.aws.ecs import Described
from ecs_gitops.model.actions import Action
from ecs_gitops.model.desired import Desired, Document, Stated
from ecs_gitops.model.live import Live
from ecs_gitops.model.messages import Delivery, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Attempt, Change, HistoryEntry, Record, Status
from ecs_gitops.model.vocabulary import Verb
from ecs_gitops.runtime.bootstrap import Controller


@dataclass(slots=True)
class Turn:
    """Changes as the turn goes on; what is stored is `record`, with `history` and ended attempts.

    described: what ECS says of the service, asked for when the turn began.
    registered: the revision of an attempt that begins, being registered while the attempt is stored.
    reserved: the tokens of a likely rollout, being taken while its record is read.
    short: seconds until the API budget has what the next steps take; 0.0 when they may be taken.
    refusal: what AWS would not do this turn, in its words; unseen: why it could not be looked at.
    delivery: how often the queue handed this out; seen: ECS was looked at; planned: what there is to do,
        None while that is not known.
    """

    controller: Controller
    now: float
    wakes: Sequence[Wake]
    desired: Desired
    record: Record
    described: Described | None = None
    live: Live = field(default_factory=Live)
    registered: Callable[[], Document] | None = None
    applied: list[Action] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    ended: Attempt | None = None
    reserved: Callable[[], float] | None = None
    short: float = 0.0
    refusal: str = ""
    unseen: str = ""
    delivery: Delivery = field(default_factory=Delivery)
    seen: bool = False
    planned: list[Action] | None = None

    @property
    def key(self) -> ServiceKey:
        """The service."""
        return self.record.key

    @property
    def request(self) -> Verb | None:
        """What a person asked for last, if this turn is due to a person."""
        asked = [wake.request for wake in self.wakes if wake.request]
        return asked[-1] if asked else None

    @property
    def sender(self) -> str:
        """Who asked."""
        return next((wake.sender for wake in reversed(self.wakes) if wake.request), "")

    def note(self, event: str, stated: Stated, message: str, changes: tuple[Change, ...] = ()) -> None:
        """A line for the service's history; stored together with the record."""
        self.history.append(
            HistoryEntry(
                key=self.key,
                at=self.now,
                commit=stated.commit,
                digest=stated.digest,
                event=event,
                message=message,
                changes=changes,
                sender=self.sender,
            )
        )

    def save(self, **changes: object) -> None:
        """Store the record, changed so, and all history noted so far, at once.

        Raises ConflictError when somebody else stored one since this turn read it.
        """
        record = replace(self.record, **changes)  # type: ignore[arg-type]
        self.record = self.controller.table.put_record(record, self.history, self.ended)
        self.history, self.ended = [], None


@dataclass(frozen=True, slots=True)
class Result:
    """What one turn did, and how the service stands after it; no status when Git never named it."""

    key: ServiceKey
    applied: tuple[Action, ...] = ()
    status: Status | None = None

    def told(self) -> dict[str, object]:
        """For one line of log."""
        told: dict[str, object] = {
            "service_key": str(self.key),
            "actions": [type(each).__name__ for each in self.applied],
        }
        if self.status is None:
            return told
        return {**told, "reason": self.status.reason.value, "commit": self.status.desired_commit}
