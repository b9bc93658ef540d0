"""Service deployments: how one begins, and the ways in which it ends. Pure."""

from __future__ import annotations

from sandbox.services.ecs import alarms, breaker, identities, messages
from sandbox.services.ecs.happenings import AlarmsSeen, Begun, Due, StopRequested
from sandbox.services.ecs.state import Deployment, DeploymentStatus, Revision, Rollback, Rollout, Task
from sandbox.services.ecs.turn import Turn

BEGIN_AFTER = 1.0
"""Seconds that a deployment is PENDING, and that a stop by hand is only requested."""
BACK_OFF_FIRST = 5.0
BACK_OFF_LONGEST = 300.0
IMPAIRED_AFTER = 3
WAITING = (DeploymentStatus.PENDING, DeploymentStatus.ROLLBACK_REQUESTED, DeploymentStatus.STOP_REQUESTED)
"""While a deployment is in one of these, nothing is started or replaced."""


def begin(turn: Turn, begun: Begun) -> None:
    """A new revision becomes the primary one; a deployment that had no outcome yet is superseded."""
    supersede(turn, messages.SUPERSEDED)
    number = turn.draw(identities.number)
    revision = Revision(
        number=number,
        created_at=turn.now,
        updated_at=turn.now,
        definition=begun.definition,
        fields=begun.revision_fields,
        images=begun.images,
        reason=messages.in_progress(number),
    )
    sources = {task.revision for task in turn.service.present()}
    deployment = Deployment(
        id=turn.draw(identities.short),
        target=revision.number,
        sources=tuple(item.number for item in turn.service.revisions if item.number in sources),
        configuration=turn.service.configuration,
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.change(
        revisions=(revision, *turn.service.revisions),
        deployments=(deployment, *turn.service.deployments),
        primary=revision.number,
        start_failures=0,
        retry_at=0.0,
        steady=False,
    )
    turn.after(BEGIN_AFTER, Due("begin", deployment.id))


def supersede(turn: Turn, reason: str) -> None:
    """End the open deployment, if there is one, because something else takes its place."""
    deployment = turn.service.open_deployment()
    if deployment is not None:
        _end(turn, deployment, DeploymentStatus.STOPPED, reason, stopped_at=turn.now)


def due(turn: Turn, what: str, deployment_id: str) -> None:
    """What a deployment waited for has come: a look at its alarms, its start, a stop that was asked for."""
    deployment = turn.service.open_deployment()
    if deployment is None or deployment.id != deployment_id:
        return
    if what == "alarms":
        alarms.watch(turn, deployment)
    elif deployment.status is DeploymentStatus.PENDING:
        _start(turn, deployment)
    elif deployment.status is DeploymentStatus.ROLLBACK_REQUESTED:
        _roll_back(turn, deployment, messages.ROLLED_BACK_BY_USER)
    elif deployment.status is DeploymentStatus.STOP_REQUESTED:
        _end(turn, deployment, DeploymentStatus.STOPPED, messages.STOPPED_BY_USER, stopped_at=turn.now)
        turn.change_revision(turn.service.primary, rollout=Rollout.FAILED, reason=messages.STOPPED_BY_USER)


def _start(turn: Turn, deployment: Deployment) -> None:
    on = breaker.enabled(deployment.configuration)
    started = turn.change_deployment(
        deployment,
        status=DeploymentStatus.IN_PROGRESS,
        started_at=turn.now,
        breaker="MONITORING" if on else "DISABLED",
        alarms="MONITORING" if alarms.names(deployment.configuration) else "DISABLED",
        threshold=breaker.threshold(deployment.configuration, turn.service.desired) if on else 0,
    )
    reason = messages.in_progress(deployment.target)
    turn.announce_deployment(deployment.target, "SERVICE_DEPLOYMENT_IN_PROGRESS", reason)
    alarms.watch(turn, started)


def alarmed(turn: Turn, happening: AlarmsSeen) -> None:
    """Fail the open deployment if one of its alarms went off since it started, and go back if wished."""
    deployment = alarms.seen(turn, happening)
    if deployment is None:
        return
    failed, reason = turn.service.primary, messages.alarmed(deployment.triggered)
    turn.change_revision(failed, rollout=Rollout.FAILED, reason=reason)
    turn.say(f"(deployment ecs-svc/{failed}) deployment failed: alarm detected.")
    turn.announce_deployment(failed, "SERVICE_DEPLOYMENT_FAILED", reason)
    if alarms.rolls_back(deployment.configuration):
        _roll_back(turn, deployment, reason)
    else:
        _end(turn, deployment, DeploymentStatus.STOPPED, messages.STOPPED_BY_ALARM, stopped_at=turn.now)


def request_stop(turn: Turn, request: StopRequested) -> None:
    """A person stops the open deployment: ROLLBACK goes back, ABORT leaves everything as it stands."""
    deployment = turn.service.open_deployment()
    if deployment is None or deployment.id != request.deployment:
        return
    back = request.stop_type == "ROLLBACK"
    status = DeploymentStatus.ROLLBACK_REQUESTED if back else DeploymentStatus.STOP_REQUESTED
    turn.change_deployment(deployment, status=status)
    turn.after(BEGIN_AFTER, Due("begin", deployment.id))


def task_failed(turn: Turn, task: Task) -> None:
    """A task of the primary revision could not be started or never got well."""
    service = turn.service
    if task.revision != service.primary:
        return
    failures = service.start_failures + 1
    wait = min(BACK_OFF_LONGEST, BACK_OFF_FIRST * 2.0 ** min(failures - 1, 10))
    turn.change(start_failures=failures, retry_at=turn.now + wait)
    turn.after(wait, Due("retry"))
    turn.change_revision(task.revision, failed_tasks=service.revision(task.revision).failed_tasks + 1)
    if failures == IMPAIRED_AFTER:
        turn.say(messages.impaired())
        turn.announce("SERVICE_TASK_START_IMPAIRED", "WARN")
    deployment = service.open_deployment()
    if deployment is not None and breaker.watches(deployment):
        turn.change_deployment(deployment, **breaker.counted(deployment))


def task_recovered(turn: Turn, task: Task) -> None:
    """A task of the primary revision got healthy: failures before it no longer count."""
    if task.revision != turn.service.primary:
        return
    turn.change(start_failures=0, retry_at=0.0)
    turn.change_revision(task.revision, failed_tasks=0)
    deployment = turn.service.open_deployment()
    if deployment is None or not breaker.resets(deployment.configuration):
        return
    if deployment.rollback is not None:
        turn.change_deployment(deployment, rollback_failures=0)
    elif deployment.failures:
        turn.change_deployment(deployment, failures=0)


def trip(turn: Turn) -> None:
    """Fail the open deployment if its breaker has seen enough, and go back where that is wished."""
    deployment = turn.service.open_deployment()
    if deployment is None or not breaker.trips(deployment):
        return
    deployment = turn.change_deployment(deployment, breaker="TRIGGERED")
    failed = turn.service.primary
    turn.change_revision(failed, rollout=Rollout.FAILED, reason=messages.FAILED_TO_START)
    turn.say(f"(deployment ecs-svc/{failed}) deployment failed: tasks failed to start.")
    reason = messages.FAILED_TO_START.replace("tasks", "task")
    turn.announce_deployment(failed, "SERVICE_DEPLOYMENT_FAILED", reason)
    if deployment.status is DeploymentStatus.ROLLBACK_IN_PROGRESS:
        _end(turn, deployment, DeploymentStatus.ROLLBACK_FAILED, messages.THRESHOLD_EXCEEDED)
    elif breaker.rolls_back(deployment.configuration):
        _roll_back(turn, deployment, messages.THRESHOLD_EXCEEDED)
    else:
        _end(turn, deployment, DeploymentStatus.STOPPED, messages.STOPPED_BY_BREAKER, stopped_at=turn.now)


def _roll_back(turn: Turn, deployment: Deployment, reason: str) -> None:
    """The last completed revision is primary again; without one the service stalls where it is."""
    candidate, failed = turn.service.completed, turn.service.primary
    if turn.service.revision(failed).rollout is not Rollout.FAILED:
        turn.change_revision(failed, rollout=Rollout.FAILED, reason=reason)
    if candidate is None:
        _end(turn, deployment, DeploymentStatus.ROLLBACK_FAILED, messages.NO_CANDIDATE)
        return
    turn.change_deployment(
        deployment,
        status=DeploymentStatus.ROLLBACK_IN_PROGRESS,
        alarms="MONITORING_COMPLETE" if deployment.alarms == "MONITORING" else deployment.alarms,
        reason=reason,
        rollback=Rollback(reason, turn.now, candidate),
    )
    turn.change(primary=candidate, start_failures=0, retry_at=0.0, steady=False)
    words = messages.rolling_back(candidate)
    turn.change_revision(candidate, rollout=Rollout.IN_PROGRESS, reason=words, failed_tasks=0)
    turn.say(f"rolling back to deployment ecs-svc/{candidate}.")
    turn.announce_deployment(failed, "SERVICE_DEPLOYMENT_IN_PROGRESS", words)


def complete(turn: Turn) -> None:
    """The service has reached the primary revision."""
    deployment = turn.service.open_deployment()
    if deployment is None or deployment.status in WAITING or not alarms.baked(turn, deployment):
        return
    back = deployment.status is DeploymentStatus.ROLLBACK_IN_PROGRESS
    status = DeploymentStatus.ROLLBACK_SUCCESSFUL if back else DeploymentStatus.SUCCESSFUL
    number = turn.service.primary
    _end(turn, deployment, status, deployment.reason)
    turn.change_revision(number, rollout=Rollout.COMPLETED, reason=messages.completed(number))
    turn.change(completed=number)
    turn.say(f"(deployment ecs-svc/{number}) deployment completed.")
    turn.announce_deployment(number, "SERVICE_DEPLOYMENT_COMPLETED", messages.completed(number))


def _end(
    turn: Turn,
    deployment: Deployment,
    status: DeploymentStatus,
    reason: str,
    *,
    stopped_at: float | None = None,
) -> None:
    over = {"MONITORING": "MONITORING_COMPLETE"}
    turn.change_deployment(
        deployment,
        status=status,
        reason=reason,
        breaker=over.get(deployment.breaker, deployment.breaker),
        alarms=over.get(deployment.alarms, deployment.alarms),
        finished_at=turn.now,
        stopped_at=stopped_at,
    )
