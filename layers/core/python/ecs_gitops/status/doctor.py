"""What is missing for an install to work as it should, and what to do about it. Pure.

Each check takes what was found and gives lines: well, or a problem with a way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ecs_gitops.model.desired import Desired, Document
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record
from ecs_gitops.model.vocabulary import Reason
from ecs_gitops.resources.task_definition import roles
from ecs_gitops.store.heads import LATE, UNREAD, UNREADABLE, Source

_LATE: Final = 15 * 60.0
"""Seconds after which a message has waited too long, and beyond its interval a full sweep is late."""

_FAULTS: Final = (Reason.UNREADABLE, Reason.TOO_LARGE, Reason.INTERNAL_ERROR)
"""What a service's own turn tells when it cannot be finished."""

_OUTPUTS: Final = ("InstallId", "TableName", "SourcesQueueUrl", "ServicesQueueUrl", "Mode", "ClusterNames")

_SOURCE: Final = {
    UNREADABLE: "See docs/operations.md, The config repository cannot be read. It is tried every minute.",
    UNREAD: "See docs/operations.md, The config repository cannot be read. It is tried every five minutes.",
    LATE: "Look at the log of config_push, and whether its event source mapping is enabled.",
}

Pairs = Sequence[tuple[Desired | None, Record]]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `ok` is None where it could not be looked at; `todo` is the way out."""

    what: str
    ok: bool | None
    message: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is found of an install's stack: all names are as the stack's template calls them.

    rules: whether each event rule is enabled. waiting, age: messages in each queue, and seconds since
    the oldest came (None: nobody measured). outputs, parameters: the stack's.
    """

    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    rules: Mapping[str, bool] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    age: Mapping[str, float | None] = field(default_factory=dict)


def check_outputs(facts: Facts) -> Line:
    """The outputs that the command line reads."""
    missing = [name for name in _OUTPUTS if name not in facts.outputs]
    if not missing:
        return Line("outputs", True, "The stack says all that is asked of it.")
    message = f"The stack lacks {', '.join(missing)}."
    return Line("outputs", False, message, "Deploy the template of this release again: `sam deploy`.")


def check_mode(facts: Facts) -> Line:
    """Whether the install may act."""
    if facts.outputs.get("Mode") == "apply":
        return Line("mode", True, "The install applies what Git says.")
    message = "The install only observes, as it was told: its roles hold no write action on ECS."
    return Line("mode", True, message)


def check_trail(is_logging: bool) -> Line:
    """A trail tells who changed what, within minutes."""
    if is_logging:
        return Line("trail", True, "A trail keeps management events of this Region.")
    return Line(
        "trail",
        False,
        "No trail keeps write management events of this Region: changes by hand are found by the full "
        "sweep alone, and nobody can say who made them.",
        "Create a trail that logs management events (CloudTrail: Trails, Create trail).",
    )


def check_rules(facts: Facts) -> list[Line]:
    """Every rule of the stack is enabled."""
    off = sorted(name for name, is_on in facts.rules.items() if not is_on)
    if not off:
        return [Line("rules", True, f"All {len(facts.rules)} event rules are enabled.")]
    todo = "Enable it: `aws events enable-rule --name …`, or deploy the stack again."
    return [Line("rules", False, f"The event rule {name} is disabled.", todo) for name in off]


def check_queues(facts: Facts) -> list[Line]:
    """Nothing waits for long, and nothing was given up."""
    dead = {name: count for name, count in facts.waiting.items() if "DeadLetters" in name and count}
    lines = [_dead(name, count) for name, count in sorted(dead.items())]
    for name, age in sorted(facts.age.items()):
        if age is not None and age >= _LATE:
            message = f"The oldest message in {name} came {round(age / 60)} minutes ago."
            todo = "Look at the log of the function that reads it."
            lines.append(Line("queues", False, message, todo))
    return lines or [Line("queues", True, "No message waits for long, and none was given up.")]


def check_sweep(swept_at: float, interval: int, now: float) -> Line:
    """The sweeper runs: whatever event is lost, it finds. Times in seconds."""
    if not swept_at:
        return Line("sweep", False, "No full sweep was ever completed.", "Look at the sweeper's log.")
    ago = now - swept_at
    if ago > interval + _LATE:
        message = f"The last full sweep was completed {round(ago / 60)} minutes ago."
        return Line("sweep", False, message, "Look at the sweeper's log.")
    return Line("sweep", True, f"The last full sweep was completed {max(0, round(ago / 60))} minutes ago.")


def check_source(source: Source) -> list[Line]:
    """What Git says now is taken in."""
    lines = [Line("source", False, trouble.message, _SOURCE[trouble.what]) for trouble in source.stops]
    if lines or source.head is None:
        return lines or [Line("source", None, "No commit was taken in yet.")]
    return [Line("source", True, f"The branch is followed: commit {source.head[:7]} is taken in.")]


def check_services(pairs: Pairs, services: Mapping[ServiceKey, Document]) -> list[Line]:
    """ARNs that name no cluster, references without an answer, and what AWS refused."""
    short = [str(key) for key, service in sorted(services.items()) if service["serviceArn"].count("/") < 2]
    lines = [_short(short)] if short else [Line("arns", True, "Every service's ARN names its cluster.")]
    unresolved = _of_reason(pairs, Reason.REFERENCE_UNAVAILABLE)
    refused = _of_reason(pairs, Reason.REFUSED)
    lines += [Line("references", False, *each) for each in unresolved]
    lines += [Line("rights", False, *each) for each in refused]
    lines += [Line("records", False, *each) for reason in _FAULTS for each in _of_reason(pairs, reason)]
    if not unresolved:
        lines.append(Line("references", True, "Every reference has an answer."))
    if not refused:
        lines.append(Line("rights", True, "AWS refused nothing that was asked of it."))
    return lines


def check_roles(pairs: Pairs, facts: Facts) -> list[Line]:
    """Every role that a manifest names may be passed, where the install acts."""
    if facts.outputs.get("Mode") != "apply":
        return []
    passable = set(facts.parameters.get("PassableRoleArns", "").split(","))
    lines = []
    for desired, record in pairs:
        stated = desired.stated if desired and desired.in_scope and desired.present else None
        named = roles(stated.task_definition or {}) if stated else ()
        for role in sorted(set(named) - passable):
            message = f"{record.key} names {role}, which is none of PassableRoleArns."
            lines.append(Line("roles", False, message, "Add it to the stack parameter PassableRoleArns."))
    return lines or [Line("roles", True, "Every role that a manifest names may be passed.")]


def is_well(lines: Iterable[Line]) -> bool:
    """Whether no line is a problem."""
    return all(line.ok is not False for line in lines)


def _dead(name: str, count: int) -> Line:
    messages = "One message was" if count == 1 else f"{count} messages were"
    todo = "Read why in the function's log, mend it, and start the queue's redrive (or purge it)."
    return Line("dead letters", False, f"{messages} given up into {name}.", todo)


def _short(names: list[str]) -> Line:
    message = f"The ARN of {' and '.join(names)} names no cluster: its events cannot be understood."
    todo = "Opt in to long ARNs (`aws ecs put-account-setting-default`) and create the service anew."
    return Line("arns", False, message, todo)


def _of_reason(pairs: Pairs, reason: Reason) -> list[tuple[str, str]]:
    todo = "What the message names must exist, and the install's role may need the right to it."
    return [
        (f"{record.key}: {record.status.message}", todo)
        for _, record in pairs
        if record.status is not None and record.status.reason is reason
    ]
