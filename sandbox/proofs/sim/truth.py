"""What really happened, read off a journal alone; shares nothing with the controller. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.ground.journal import JournalEntry

STARTS = ("ecs:CreateService", "ecs:UpdateService")
CHANGES = (*STARTS, "ecs:DeleteService")
READS = "ConfigPush"
BY_HAND = "admin"
OK = 200
STOPS = "ecs:StopServiceDeployment"
GOOD = "SUCCESSFUL"
BACK = ("ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")
UNDONE = "ROLLBACK_IN_PROGRESS"
ENDS = (GOOD, "STOPPED", *BACK)


@dataclass(slots=True)
class Rollout:
    """One service deployment. statuses: (when, what), oldest first; by: who made the call it began with.

    stopped_at: when a person asked ECS to stop it. overtaken_at: when another one of the service began.
    """

    id: str
    service: str
    revision: str
    began_at: float
    by: str = ""
    statuses: list[tuple[float, str]] = field(default_factory=list)
    stopped_at: float | None = None
    overtaken_at: float | None = None

    @property
    def status(self) -> str:
        """How it stands at the end."""
        return self.statuses[-1][1]

    @property
    def ended_at(self) -> float:
        """When its last status came."""
        return self.statuses[-1][0]

    def outcomes(self) -> frozenset[str]:
        """How it ended, in the words of attempts; "" while it goes on.

        More than one where both are true: what a person sent back and ECS then could not bring back,
        and what a person stopped while another one took its place.
        """
        if self.status not in ENDS:
            return frozenset({""})
        if self.status == GOOD:
            return frozenset({"Succeeded"})
        overtaken = self.status == "STOPPED" and self.overtaken_at == self.ended_at
        if self.stopped_at is not None:
            failed = {"Failed"} if self.status == "ROLLBACK_FAILED" else set()
            return frozenset({"StoppedByHand", *failed, *({"Superseded"} if overtaken else ())})
        if self.status == "ROLLBACK_SUCCESSFUL":
            return frozenset({"RolledBack"})
        was_failing = any(status == UNDONE for _, status in self.statuses)
        if overtaken and not was_failing:
            return frozenset({"Superseded"})
        return frozenset({"Failed"})

    @property
    def failed(self) -> bool:
        """It ended badly, and nobody wished it to end."""
        return self.outcomes() <= {"Failed", "RolledBack"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that changed a service, and that ECS took: UpdateService, CreateService, DeleteService."""

    at: float
    by_hand: bool
    action: str
    service: str
    params: Mapping[str, Any]


def calls(journal: Sequence[JournalEntry]) -> list[Call]:
    """Every call that changed a service, in order."""
    return [
        Call(
            entry.at,
            entry.detail["who"] == BY_HAND,
            entry.detail["action"].removeprefix("ecs:"),
            str(entry.detail["params"].get("service") or entry.detail["params"].get("serviceName")),
            entry.detail["params"],
        )
        for entry in journal
        if entry.kind == "request" and entry.detail["action"] in CHANGES and entry.detail["status"] == OK
    ]


def reads(journal: Sequence[JournalEntry]) -> list[float]:
    """When a look at Git began that came to its end."""
    began = {each.detail["request"]: each.at for each in journal if each.kind == "lambda.started"}
    return [
        began[each.detail["request"]]
        for each in journal
        if each.kind == "lambda.ended"
        and READS in each.detail["function"]
        and not each.detail["error"]
        and '"batchItemFailures": []' in each.detail["payload"]
    ]


def rollouts(journal: Sequence[JournalEntry]) -> list[Rollout]:
    """Every service deployment that there was, in the order in which they began."""
    found: dict[str, Rollout] = {}
    unnamed: list[Rollout] = []
    for entry in journal:
        if entry.kind == "deployment":
            _take_status(entry, found, unnamed)
        elif entry.kind == "request":
            _take_request(entry, found, unnamed)
    return list(found.values())


def _take_status(entry: JournalEntry, found: dict[str, Rollout], unnamed: list[Rollout]) -> None:
    detail = entry.detail
    known = found.get(detail["id"])
    if known is None:
        service = detail["service"].rpartition("/")[2]
        known = found[detail["id"]] = Rollout(detail["id"], service, detail["taskDefinition"], entry.at)
        unnamed.append(known)
        for other in found.values():
            if other is not known and other.service == service and other.overtaken_at is None:
                other.overtaken_at = entry.at
    known.statuses.append((entry.at, detail["status"]))


def _take_request(entry: JournalEntry, found: Mapping[str, Rollout], unnamed: list[Rollout]) -> None:
    """A call is written down after what it brought about."""
    detail = entry.detail
    if detail["action"] in STARTS:
        for rollout in unnamed:
            rollout.by = detail["who"]
        unnamed.clear()
    elif detail["action"] == STOPS and detail["status"] == OK:
        stopped = found.get(detail["params"]["serviceDeploymentArn"].rpartition("/")[2])
        if stopped is not None and stopped.stopped_at is None:
            stopped.stopped_at = entry.at


def errors(journal: Sequence[JournalEntry]) -> Iterator[str]:
    """What functions said of themselves that nobody should ever read, and what they may not do."""
    for entry in journal:
        if entry.kind == "lambda.ended" and "this is a bug" in entry.detail["logs"]:
            yield f"{entry.detail['function']}: {entry.detail['logs'][-1500:]}"
        if entry.kind == "request" and not entry.detail["allowed"]:
            yield f"{entry.detail['who']} may not {entry.detail['action']}"
        if entry.kind == "lambda.loop":
            yield f"{entry.detail['function']} is taken for a loop: no. {entry.detail['chain']} of a chain"
