"""Deployment alarms: what is watched while a deployment is open, when it fails, how long it bakes. Pure.

Source: "How CloudWatch alarms detect Amazon ECS deployment failures". ECS computes the bake time from
the alarms and does not say how; ours is a constant, unless bakeTimeInMinutes is stated.
"""

from __future__ import annotations

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.happenings import AlarmsSeen, Due, LookAtAlarms
from sandbox.services.ecs.state import Deployment
from sandbox.services.ecs.turn import Turn

LOOK_EVERY = 30.0
BAKE = 300.0
"""Seconds: between two looks at the alarms, and of baking; both unconfirmed."""


def names(configuration: Document) -> tuple[str, ...]:
    """The alarms that guard a deployment with this configuration."""
    alarms = configuration.get("alarms") or {}
    return tuple(alarms.get("alarmNames") or ()) if alarms.get("enable") else ()


def rolls_back(configuration: Document) -> bool:
    """Does an alarm lead back to the last completed deployment?"""
    return bool((configuration.get("alarms") or {}).get("rollback"))


def watch(turn: Turn, deployment: Deployment) -> None:
    """Look at the alarms of an open deployment now, and again after a while."""
    if watches(deployment):
        turn.act(LookAtAlarms(deployment.id, names(deployment.configuration)))
        turn.after(LOOK_EVERY, Due("alarms", deployment.id))


def watches(deployment: Deployment) -> bool:
    """It is guarded by alarms now."""
    return deployment.alarms == "MONITORING" and deployment.status.open


def seen(turn: Turn, happening: AlarmsSeen) -> Deployment | None:
    """Take in what CloudWatch says; the deployment if an alarm has gone off since it started."""
    deployment = turn.service.open_deployment()
    if deployment is None or deployment.id != happening.deployment or not watches(deployment):
        return None
    if deployment.ignored is None:
        turn.change_deployment(deployment, ignored=happening.in_alarm)
        return None
    new = tuple(sorted(happening.in_alarm - deployment.ignored))
    return turn.change_deployment(deployment, alarms="TRIGGERED", triggered=new) if new else None


def baked(turn: Turn, deployment: Deployment) -> bool:
    """Is there nothing left to wait for? The first time it is asked, baking begins."""
    if not watches(deployment):
        return True
    if deployment.bakes_until is None:
        stated = 60.0 * float(deployment.configuration.get("bakeTimeInMinutes") or 0)
        wait = stated or BAKE
        turn.change_deployment(deployment, bakes_until=turn.now + wait)
        turn.after(wait, Due("baked", deployment.id))
        return False
    return turn.now >= deployment.bakes_until
