"""What comes of it when a role lacks one grant, or holds it for another resource than the one it is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sandbox.front.grants import Grant
from tests.scenarios.permissions.rights import Played, Rights
from tests.scenarios.permissions.setting import Scenario, installed
from tests.scenarios.stage import Stage

DENIED = "not authorized"
Change = Callable[[Grant], Grant | None]
"""What a role holds in place of a grant; None for nothing."""


def removed(_: Grant) -> None:
    """Nothing in its place."""


@dataclass(frozen=True)
class Loss:
    """A scenario that does not come out well any more.

    what: how it failed. refused: the actions that a role was refused. told: what a person can read.
    """

    scenario: Scenario
    what: str
    refused: tuple[str, ...]
    told: str


def loss(scenario: Scenario, grant: Grant, change: Change) -> Loss | None:
    """Play a scenario with one grant changed; None where it comes out well all the same.

    grant: by the template's names.
    """
    with installed(scenario) as stage:
        rights = Rights.of(stage)
        held = rights.held[grant]
        kept, changed = [each for each in rights.of_role(grant.role) if each != held], change(held)
        rights.give(grant.role, kept if changed is None else [*kept, changed])
        what = _outcome(scenario, stage)
        return Loss(scenario, what, tuple(stage.refused()), _told(stage)) if what else None


def _outcome(scenario: Scenario, stage: Stage) -> str:
    """How a scenario failed, in a line; "" when it did not."""
    try:
        scenario.play(stage)
    except (AssertionError, TimeoutError, LookupError) as error:
        return str(error).partition(";")[0].partition("\n")[0] or type(error).__name__
    return ""


def _told(stage: Stage) -> str:
    """What the controller or a log says of the right that is missing; "" where nothing does."""
    said = list(_sayings(stage))
    return next((text for text in said if DENIED in text), "") or next(filter(None, said), "")


def _sayings(stage: Stage) -> Iterator[str]:
    table = stage.controller.table
    for _, record in table.all():
        if record.status is not None and DENIED in record.status.message:
            yield record.status.message
    source = table.source(stage.controller.settings.source_id)
    yield from (trouble.message for trouble in source.troubles)
    logs = stage.world.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            yield _complaint(event["message"])


def _complaint(line: str) -> str:
    """What a line of log complains of; "" where it is none."""
    denied = re.search(r"(cannot [^\"\\]*?: )?User: [^\"\\]*", line)
    if denied:
        return f"in the log: {denied[0]}"
    error = re.search(r'"level":"ERROR".*?"message":"([^"]*)', line)
    return f"in the log: {error[1]}" if error else ""


def first_loss(played: Sequence[Played], grant: Grant, change: Change) -> Loss | None:
    """The first scenario that needs a grant and comes to another end without it; None where none does."""
    losses = (loss(each.scenario, grant, change) for each in played if grant in each.decisive)
    return next((found for found in losses if found is not None), None)
