"""The ECS of a world: the services there are, and what the engine's effects do to the world.

The only impure part: it starts and stops tasks, registers targets, sends events, sets timers.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, assert_never

from sandbox.ground.timeline import Timeline
from sandbox.services.ecs import engine, happenings, placement, places
from sandbox.services.ecs.cloudwatch import in_alarm
from sandbox.services.ecs.definitions import TaskDefinition
from sandbox.services.ecs.documents import for_event
from sandbox.services.ecs.happenings import Effect, Happening
from sandbox.services.ecs.identities import task_arn
from sandbox.services.ecs.messages import shares_address
from sandbox.services.ecs.refusals.every import REFUSALS
from sandbox.services.ecs.refusals.refusal import Refusal
from sandbox.services.ecs.running import (
    DEFAULT_STOP_TIMEOUT,
    ContainerSpec,
    Runner,
    Running,
    TaskEvent,
    TaskSpec,
)
from sandbox.services.ecs.state import Instance, Revision, Service, Task
from sandbox.services.ecs.task_answers import task_document
from sandbox.services.elb.targets import Drained, HealthChanged, Target, TargetEvent, Targets

Emit = Callable[[str, str, dict[str, Any], list[str]], object]
UNNOTICED = 3.0
"""Seconds that a target keeps getting requests after its task died, where draining is switched off."""
LOCAL = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?::(?P<port>\d+))?(?P<path>/\S*)?")


@dataclass(frozen=True)
class Surroundings:
    """What an ECS needs of its world.

    emit: sends an event (source, detail type, detail, resources).
    instances: the container instances of a cluster, by its name.
    digest: the digest that ECR holds under an image reference, None when it holds none.
    target_group: `{"TargetType", "LoadBalancerArns"}` of a target group, None when there is no such group.
    journal: writes down what happened (kind, detail).
    caller: the ARN of who makes the request at this moment.
    in_alarm: those of some CloudWatch alarms (account, region, names) that are in ALARM.
    drains: False breaks the order of stopping on purpose, for the control run.
    """

    timeline: Timeline
    emit: Emit
    runner: Runner
    targets: Targets
    account: str
    region: str
    instances: Callable[[str], Sequence[Instance]] = lambda _: ()
    digest: Callable[[str], str | None] = lambda _: None
    target_group: Callable[[str], Mapping[str, Any] | None] = lambda _: {"LoadBalancerArns": ["*"]}
    journal: Callable[[str, Mapping[str, Any]], None] = lambda _, __: None
    caller: Callable[[], str] = lambda: ""
    in_alarm: Callable[[str, str, Sequence[str]], frozenset[str]] = in_alarm
    drains: bool = True


@dataclass
class Ecs:
    """All services and task definitions of an account and Region, and what happens to them.

    exhausted: kinds of capacity (FARGATE, FARGATE_SPOT) of which AWS has none left at the moment.
    """

    world: Surroundings
    services: dict[str, Service] = field(default_factory=dict)
    definitions: dict[str, TaskDefinition] = field(default_factory=dict)
    tokens: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    rules: tuple[Refusal, ...] = REFUSALS
    exhausted: set[str] = field(default_factory=set)
    _waiting: deque[tuple[str, Happening]] = field(default_factory=deque)
    _busy: bool = False
    _addresses: Iterator[int] = field(default_factory=lambda: count(1))
    _ports: Iterator[int] = field(default_factory=lambda: count(placement.FIRST_DYNAMIC_PORT))

    @property
    def now(self) -> float:
        """The world's time."""
        return self.world.timeline.now

    def happen(self, service_arn: str, happening: Happening) -> None:
        """Let something happen to a service.

        What an effect makes happen waits until all effects before it are done: one step at a time.
        """
        self._waiting.append((service_arn, happening))
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting:
                self._step(*self._waiting.popleft())
        finally:
            self._busy = False

    def instances_changed(self) -> None:
        """Clusters gained or lost container instances: tasks end with theirs, DAEMON services follow."""
        for service in list(self.services.values()):
            if service.status != "INACTIVE":
                instances = self.world.instances(service.cluster)
                here = {item.arn for item in instances}
                gone = {task.instance.arn for task in service.present() if task.instance} - here
                count = places.daemon_count(service, instances)
                if gone or (service.daemon and service.desired != count):
                    self.happen(service.arn, happenings.InstancesChanged(count, frozenset(gone)))

    def _step(self, arn: str, happening: Happening) -> None:
        before = self.services[arn]
        after, effects = engine.step(before, happening, now=self.now)
        self.services[arn] = after
        self._journal(before, after)
        for effect in effects:
            self._do(arn, effect)

    def _journal(self, before: Service, after: Service) -> None:
        known = {deployment.id: deployment.status for deployment in before.deployments}
        for deployment in after.deployments:
            if known.get(deployment.id) is not deployment.status:
                detail = {
                    "service": f"{after.cluster}/{after.name}",
                    "id": deployment.id,
                    "status": deployment.status.value,
                    "reason": deployment.reason,
                    "taskDefinition": after.revision(deployment.target).task_definition,
                }
                self.world.journal("deployment", detail)

    def _do(self, arn: str, effect: Effect) -> None:
        match effect:
            case happenings.StartTask(task):
                self._start(arn, task)
            case happenings.StopTask(task, kill):
                self._stop(arn, task, kill)
            case happenings.ProbeContainer(task):
                self._check(arn, task)
            case happenings.RegisterTarget(task, group, port):
                self._register(arn, task, group, port)
            case happenings.DeregisterTarget(task, group, port):
                self._deregister(self._target(arn, task, group, port))
            case happenings.LookAtAlarms(deployment, names):
                seen = self.world.in_alarm(self.world.account, self.world.region, names)
                self.happen(arn, happenings.AlarmsSeen(deployment, seen))
            case happenings.Emit(detail_type, detail, resources):
                self.world.emit("aws.ecs", detail_type, for_event(detail), list(resources))
            case happenings.EmitTask(service, task_then):
                detail = task_document(service, task_then)
                self.world.emit("aws.ecs", "ECS Task State Change", for_event(detail), [detail["taskArn"]])
            case happenings.After(seconds, happening):
                self.world.timeline.after(seconds, partial(self.happen, arn, happening), f"ecs {happening}")
            case _:
                assert_never(effect)

    # Tasks

    def _deregister(self, target: Target) -> None:
        if self.world.drains:
            self.world.targets.deregister(target)
        else:
            self.world.timeline.after(
                UNNOTICED, lambda: self.world.targets.deregister(target), "ecs noticed"
            )

    def _start(self, arn: str, task_id: str) -> None:
        service = self.services[arn]
        task = service.find_task(task_id)
        if task is None:
            return
        revision = service.revision(task.revision)
        place = self._place(service, task)
        if isinstance(place, placement.NoPlace):
            self.happen(arn, happenings.NotPlaced(task_id, place.reason, place.message, task.provider))
            return
        own = revision.definition.get("networkMode") == "awsvpc"
        ip = self._address() if own or place is None else place.ip
        ports = placement.ports(revision, self._ports)
        self._step(arn, happenings.Placed(task_id, ip, place, ports))
        placed = self.services[arn].find_task(task_id)
        if placed is not None:
            self.world.runner.start(_spec(service, revision, placed), partial(self._heard, arn, task_id))

    def _place(self, service: Service, task: Task) -> Instance | placement.NoPlace | None:
        """An instance, or why there is none; None on Fargate."""
        revision = service.revision(task.revision)
        if placement.on_fargate(revision):
            return places.on_fargate(task, self.exhausted)
        others = [item for item in self.services.values() if item.cluster == service.cluster]
        return places.find(service, task, self.world.instances(service.cluster), others)

    def _address(self) -> str:
        number = next(self._addresses)
        return f"10.0.{number // 250 % 250}.{number % 250 + 4}"

    def _heard(self, arn: str, task_id: str, event: TaskEvent) -> None:
        if isinstance(event, Running):
            self.happen(arn, happenings.TaskRunning(task_id, event.address))
        else:
            reason, code = event.reason, event.stop_code
            self.happen(arn, happenings.TaskStopped(task_id, event.exit_code, reason, code))

    def _stop(self, arn: str, task_id: str, kill: bool) -> None:
        if kill:
            self.world.runner.kill(task_id)
        else:
            self.world.runner.stop(task_id)

    def _check(self, arn: str, task_id: str) -> None:
        """Run a container health check: whatever it fetches from itself must answer below 400."""
        service, task = self._find(arn, task_id)
        port, path = _checked_url(service.revision(task.revision))
        status = self.world.runner.probe(task_id, port, path)
        self.happen(arn, happenings.ContainerChecked(task_id, status is not None and status < 400))

    # Targets

    def _register(self, arn: str, task_id: str, group: str, port: int) -> None:
        _, task = self._find(arn, task_id)
        inner = next(each.container_port for each in task.ports if each.host_port == port)
        self.world.targets.register(
            self._target(arn, task_id, group, port),
            probe=lambda path: self.world.runner.probe(task_id, inner, path),
            address=task.address,
            on=partial(self._heard_of_target, arn, task_id),
        )

    def _heard_of_target(self, arn: str, task_id: str, event: TargetEvent) -> None:
        if isinstance(event, Drained):
            self.happen(arn, happenings.TargetDrained(task_id, event.target.group))
        elif isinstance(event, HealthChanged) and event.health.state in ("healthy", "unhealthy"):
            words = event.health.description or ""
            healthy = event.health.state == "healthy"
            self.happen(arn, happenings.TargetHealth(task_id, event.target.group, healthy, words))

    def _target(self, arn: str, task_id: str, group: str, port: int) -> Target:
        """Registered by instance where the task shares the instance's network, else by its address."""
        _, task = self._find(arn, task_id)
        by_instance = task.instance is not None and shares_address(task)
        return Target(group, task.instance.ec2_id if by_instance and task.instance else task.ip, port)

    def _find(self, arn: str, task_id: str) -> tuple[Service, Task]:
        service = self.services[arn]
        task = service.find_task(task_id)
        if task is None:
            raise LookupError(f"cannot find task {task_id} of {arn}")
        return service, task


def _spec(service: Service, revision: Revision, task: Task) -> TaskSpec:
    digests = {image.container: image.digest for image in revision.images}
    return TaskSpec(
        id=task.id,
        arn=task_arn(service.arn, task.id),
        cluster=service.cluster,
        service=service.name,
        task_definition_arn=revision.task_definition,
        ip=task.ip,
        containers=tuple(
            ContainerSpec(
                name=item["name"],
                image=item["image"],
                digest=digests.get(item["name"]),
                essential=item.get("essential", True),
                ports=tuple(
                    (port.container_port, port.host_port)
                    for port in task.ports
                    if port.container == item["name"]
                ),
                stop_timeout=item.get("stopTimeout", DEFAULT_STOP_TIMEOUT),
                definition=item,
            )
            for item in revision.definition["containerDefinitions"]
        ),
    )


def _checked_url(revision: Revision) -> tuple[int, str]:
    """The port and path that a health check command fetches; without a URL, the first port and `/`."""
    for definition in revision.definition["containerDefinitions"]:
        ports = [mapping["containerPort"] for mapping in definition["portMappings"]]
        command = " ".join(definition.get("healthCheck", {}).get("command", ()))
        if (found := LOCAL.search(command)) is not None:
            return int(found["port"] or 80), found["path"] or "/"
        if "healthCheck" in definition and ports:
            return ports[0], "/"
    return 80, "/"
