"""A stage for the pure ECS engine: a timeline, a seeded fate for every task, and a record of each step.

It stands in for `sandbox.services.ecs.effects` so that ten thousand rollouts cost seconds, and so that what
the engine asks for can be watched between steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.ground.timeline import Timeline
from sandbox.services.ecs import happenings as h
from sandbox.services.ecs import service_fields
from sandbox.services.ecs.engine import step
from sandbox.services.ecs.state import Deployment, Image, Instance, Port, Revision, Service, Task
from sandbox.services.ecs.task_answers import task_document

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1"
ARN = "arn:aws:ecs:us-east-1:123456789012:service/prod/web"
START = 1_795_405_500.0


@dataclass(frozen=True)
class Fate:
    """What becomes of the tasks of an image.

    placed: there is room for it. exit_after: seconds from RUNNING to its own end. drain: of its target.
    """

    placed: bool = True
    start: float = 2.0
    well_after: float | None = 3.0
    exit_after: float | None = None
    pulls: bool = True
    drain: float = 5.0
    stop: float = 1.0


GOOD = Fate()
SICK = Fate(well_after=None)
CRASHES = Fate(exit_after=4.0, well_after=None)
MISSING = Fate(pulls=False)
HOMELESS = Fate(placed=False)
FATES: Mapping[str, Fate] = {
    "good": GOOD,
    "slow": Fate(start=9.0, well_after=25.0),
    "sick": SICK,
    "crashes": CRASHES,
    "missing": MISSING,
    "homeless": HOMELESS,
}


@dataclass(frozen=True)
class Step:
    """One step as it was: what happened, the service around it, the effects."""

    at: float
    happening: h.Happening
    before: Service
    after: Service
    effects: tuple[h.Effect, ...]


def a_definition(image: str = "good", *, check: bool = False, revision: int = 1) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "app", "image": image, "portMappings": [{"containerPort": 80}]}
    if check:
        container["healthCheck"] = {"command": ["CMD", "true"], "interval": 10, "retries": 2, "timeout": 2}
    arn = f"arn:aws:ecs:us-east-1:123456789012:task-definition/web:{revision}"
    return {"taskDefinitionArn": arn, "family": "web", "memory": "64", "containerDefinitions": [container]}


def a_configuration(minimum: int = 100, maximum: int = 200, **breaker: Any) -> dict[str, Any]:
    stated: dict[str, Any] = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    return {**stated, "deploymentCircuitBreaker": breaker} if breaker else stated


@dataclass
class Stage:
    """One service, from its creation on. alarms: those in ALARM now; hosts: the container instances."""

    seed: int = 0
    balanced: bool = True
    check: bool = False
    desired: int = 2
    configuration: Mapping[str, Any] = field(default_factory=a_configuration)
    request: Mapping[str, Any] = field(default_factory=dict)
    drains: bool = True
    alarms: set[str] = field(default_factory=set)
    hosts: list[Instance] = field(default_factory=list)
    watch: Callable[[Step], None] = lambda _: None
    timeline: Timeline = field(default_factory=lambda: Timeline(START))
    steps: list[Step] = field(default_factory=list)
    effects: list[h.Effect] = field(default_factory=list)
    _registered: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
        request = {
            "desiredCount": self.desired,
            "deploymentConfiguration": self.configuration,
            "loadBalancers": [balancer] if self.balanced else [],
            **self.request,
        }
        fields, self._revision_fields = service_fields.created(request, None)
        cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/prod"
        self.service = Service(ARN, cluster, START, self.desired, fields, drains=self.drains)

    # What people do

    def roll_out(self, image: str = "good") -> None:
        """Create the service, or update it to a new revision with an image."""
        self._registered += 1
        definition = a_definition(image, check=self.check, revision=self._registered)
        self.happen(h.Begun(definition, (Image("app", image),), self._revision_fields))

    def scale(self, desired: int) -> None:
        """Set the desired count."""
        self.happen(h.Changed(desired=desired))

    def stop_deployment(self, stop_type: str = "ROLLBACK") -> None:
        """StopServiceDeployment on the open deployment, if there is one."""
        deployment = self.service.open_deployment()
        if deployment is not None:
            self.happen(h.StopRequested(deployment.id, stop_type))

    def crash(self, task: Task, exit_code: int = 1) -> None:
        """Let a task end by itself."""
        self.happen(h.TaskStopped(task.id, exit_code))

    def join(self, *numbers: int) -> None:
        """Container instances join the cluster."""
        self.hosts += [a_host(number) for number in numbers]
        self.happen(h.InstancesChanged(len(self.hosts)))

    def leave(self, number: int) -> None:
        """A container instance is terminated."""
        gone = a_host(number)
        self.hosts.remove(gone)
        self.happen(h.InstancesChanged(len(self.hosts), frozenset({gone.arn})))

    def delete(self) -> None:
        """DeleteService."""
        self.happen(h.Deleted())

    def happen(self, happening: h.Happening) -> None:
        """One step of the engine, and its effects."""
        before = self.service
        self.service, effects = step(before, happening, now=self.timeline.now)
        done = Step(self.timeline.now, happening, before, self.service, effects)
        self.steps.append(done)
        self.effects += effects
        self.watch(done)
        for effect in effects:
            self._do(effect)

    def settle(self, limit: float = 3600.0) -> None:
        """Let time pass until nothing is due any more, or so many seconds are over."""
        self.timeline.advance(limit)

    def until_ended(self, limit: float = 3600.0) -> Deployment:
        """Let time pass until no deployment is open; the newest one."""
        end = self.timeline.now + limit
        while self.service.open_deployment() is not None:
            due = self.timeline.next_due()
            assert due is not None, "a deployment is open and nothing is due"
            assert due <= end, f"a deployment is open after {limit} s: {self.newest}"
            self.timeline.run_next()
        return self.newest

    # What is seen

    @property
    def newest(self) -> Deployment:
        """The newest service deployment."""
        return self.service.deployments[0]

    @property
    def primary(self) -> Revision:
        """The primary revision."""
        return self.service.revision(self.service.primary)

    def says(self) -> list[str]:
        """The service's events, oldest first, without its name."""
        return [line.message.removeprefix("(service web) ") for line in reversed(self.service.events)]

    def events(self, detail_type: str) -> list[dict[str, Any]]:
        """The details of the EventBridge events of a type, oldest first."""
        if detail_type == "ECS Task State Change":
            about = [effect for effect in self.effects if isinstance(effect, h.EmitTask)]
            return [task_document(event.service, event.task) for event in about]
        sent = [effect for effect in self.effects if isinstance(effect, h.Emit)]
        return [event.detail for event in sent if event.detail_type == detail_type]

    # What the world does

    def _do(self, effect: h.Effect) -> None:
        match effect:
            case h.StartTask(task):
                self._start(task)
            case h.StopTask(task):
                self._later(self._fate(task).stop, h.TaskStopped(task, 0))
            case h.ProbeContainer(task):
                self._later(0.0, h.ContainerChecked(task, self._well(task)))
            case h.RegisterTarget(task, group):
                self._check_target(task, group)
            case h.DeregisterTarget(task, group):
                self._later(self._fate(task).drain, h.TargetDrained(task, group))
            case h.LookAtAlarms(deployment, names):
                self._later(0.0, h.AlarmsSeen(deployment, frozenset(names) & self.alarms))
            case h.After(seconds, happening):
                self._later(seconds, happening)

    def _start(self, task: str) -> None:
        fate = self._fate(task)
        if not fate.placed:
            self._later(0.0, h.NotPlaced(task, "RESOURCE:MEMORY", "was unable to place a task."))
            return
        port = Port(GROUP if self.balanced else "", "app", 80, 80)
        taken = {item.instance for item in self.service.alive()}
        host = next((item for item in self.hosts if item not in taken), None)
        if self.service.daemon and host is None:
            self._later(0.0, h.NotPlaced(task, "AGENT", "was unable to place a task."))
            return
        self.happen(h.Placed(task, "10.0.0.4", host, (port,)))
        wait = fate.start * (1 + self.random.random())
        if fate.pulls:
            self._later(wait, h.TaskRunning(task))
        else:
            self._later(wait, h.TaskStopped(task, None, "CannotPullContainerError: x", "TaskFailedToStart"))
        if fate.exit_after is not None:
            self._later(wait + fate.exit_after, h.TaskStopped(task, 1))

    def _check_target(self, task: str, group: str) -> None:
        """First good answer after the fate's seconds, else unhealthy after ten."""
        well = self._fate(task).well_after
        if well is None:
            words = "Health checks failed with these codes: [403]"
            self._later(10.0, h.TargetHealth(task, group, False, words))
        else:
            self._later(well, h.TargetHealth(task, group, True))

    def _well(self, task_id: str) -> bool:
        task, well = self.service.find_task(task_id), self._fate(task_id).well_after
        if task is None or task.started_at is None or well is None:
            return False
        return self.timeline.now >= task.started_at + well

    def _fate(self, task_id: str) -> Fate:
        task = self.service.find_task(task_id)
        image = self.service.revision(task.revision).images[0].image if task else "good"
        return FATES[image]

    def _later(self, seconds: float, happening: h.Happening) -> None:
        self.timeline.after(seconds, lambda: self.happen(happening))


def a_host(number: int) -> Instance:
    """A container instance by its number."""
    return Instance(f"arn:aws:ecs:r:1:container-instance/prod/{number}", f"i-{number}", 2048, 4096)


def a_daemon(*hosts: int, **more: Any) -> Stage:
    """A DAEMON service on some hosts, not rolled out yet."""
    request = {"schedulingStrategy": "DAEMON"}
    stated = {"configuration": a_configuration(0, 100, enable=True, rollback=True), "desired": 0}
    stage = Stage(request=request, **{**stated, **more})
    stage.hosts += [a_host(number) for number in hosts]
    return stage


def a_stage(*images: str, **more: Any) -> Stage:
    """A service that has rolled out these images one after the other."""
    stage = Stage(**more)
    for image in images:
        stage.roll_out(image)
        stage.until_ended()
    return stage


def statuses(stage: Stage) -> Sequence[str]:
    """The statuses of the service deployments, oldest first."""
    return [deployment.status.value for deployment in reversed(stage.service.deployments)]
