"""A world in which the controller is installed, and what a person does in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from dulwich.refs import Ref
from typer.testing import CliRunner

from ecs_gitops.cli.main import app
from ecs_gitops.model.actions import Action
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import HistoryEntry, Quarantined, Record, Status
from ecs_gitops.model.settings import Settings
from ecs_gitops.model.vocabulary import Outcome, Reason
from ecs_gitops.plan.decide import plan
from ecs_gitops.resources.service import just_created
from ecs_gitops.runtime.bootstrap import Controller, build
from sandbox.front.people import ADMIN
from sandbox.services.codecommit.repositories import Repository
from sandbox.world.world import REGION, World

BREAKER = {"enable": True, "rollback": True}
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
CLUSTER = "handson"
ROLLED_OUT_WITHIN = 600.0
"""Seconds of the world in which any rollout of two well tasks has ended."""
WRITES = tuple(
    f"ecs:{verb}" for verb in ("Create", "Update", "Delete", "Register", "Deregister", "Tag", "Untag")
)
TELLING = ("lambda.ended", "deployment")
"""What the journal says when something may have changed that a person can see."""
ENDED = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")


@dataclass(frozen=True)
class Stage:
    """An installed controller, its repository and its cluster."""

    world: World
    repository: Repository
    stack: str

    def push(self, manifests: Mapping[str, str | None], message: str = "Change services") -> str:
        """Commit manifests of services (None removes one) in the one cluster; the commit's id."""
        files = {f"desired_state/{CLUSTER}/{name}.yaml": text for name, text in manifests.items()}
        return self.repository.push(files, message)

    def service(self, name: str) -> dict[str, Any]:
        """What ECS says of a service; empty when there is none."""
        ecs = self.world.client("ecs")
        found: list[dict[str, Any]] = ecs.describe_services(cluster=CLUSTER, services=[name])["services"]
        return found[0] if found else {}

    def until(self, predicate: Callable[[], bool], what: str, limit: float = ROLLED_OUT_WITHIN) -> None:
        """Let the world go on until something is so; looked at when a function or a deployment ended."""
        journal, seen = self.world.journal, -1

        def happened() -> bool:
            nonlocal seen
            before, seen = seen, len(journal)
            if before >= 0 and all(entry.kind not in TELLING for entry in journal[before:]):
                return False
            return predicate()

        self.world.until(happened, limit, what)

    def until_rolled_out(self, name: str, image: str) -> dict[str, Any]:
        """Let the world go on until ECS runs this image and nothing else, and the controller knows it."""

        def rolled_out() -> bool:
            done = self.ended(name) and self.deployments(name)[-1] == (image, "SUCCESSFUL")
            return done and self.image(name) == image and self.outcome(name) is Outcome.SUCCEEDED

        self.until(rolled_out, f"the rollout of {name} to {image}")
        return self.service(name)

    def until_told(self, name: str, reason: Reason, commit: str | None = None) -> Status:
        """Let the world go on until the controller says this of a service (and of this commit)."""

        def told() -> bool:
            status = self.record(name).status
            return (
                status is not None and status.reason is reason and commit in (None, status.desired_commit)
            )

        self.until(told, f"{name} {reason}")
        return self.status(name)

    def until_heard(self, name: str, event: str, times: int = 1) -> None:
        """Let the world go on until a service's history holds an event so many times."""

        def heard() -> bool:
            return [each for each, _ in self.history(name)].count(event) >= times

        self.until(heard, f"{event} of {name}")

    def until_asked(self, name: str, request: str) -> None:
        """Let the world go on until the controller took up a request."""
        key = ServiceKey(CLUSTER, name)

        def taken() -> bool:
            return any(each.cause == request for each in self.controller.table.history(key))

        self.until(taken, f"the request for {name}")

    def deployments(self, name: str) -> list[tuple[str, str]]:
        """Every deployment that ECS made of a service, oldest first: its image and how it stands."""
        found = {}
        for entry in self.world.journal:
            if entry.kind == "deployment" and entry.detail["service"] == f"{CLUSTER}/{name}":
                found[entry.detail["id"]] = entry.detail
        known = self.world.ecs.definitions
        brought = [
            known[each["taskDefinition"]].document["containerDefinitions"] for each in found.values()
        ]
        return [
            (one[0]["image"], each["status"]) for one, each in zip(brought, found.values(), strict=True)
        ]

    def ended(self, name: str) -> bool:
        """ECS works on no deployment of a service."""
        found = [status for _, status in self.deployments(name)]
        return bool(found) and all(status in ENDED for status in found)

    def status(self, name: str) -> Status:
        """What a person is told of a service."""
        status = self.record(name).status
        assert status is not None
        return status

    def desired(self, name: str) -> Desired:
        """Git's word on a service, as the controller took it in."""
        desired = self.controller.table.get(ServiceKey(CLUSTER, name))[0]
        assert desired is not None
        return desired

    def lose_pushes(self) -> None:
        """From now on no event tells of a push."""
        self.world.client("events").disable_rule(Name=self.resource("SourceChanged"))

    def delete_branch(self) -> None:
        """What a person does who deletes the branch that services follow."""
        with self.world.turn(), self.world.repositories.telling("config", "somebody"):
            del self.world.repositories.open("config").refs[Ref(b"refs/heads/main")]

    def update(self, **parameters: str) -> None:
        """Deploy the controller again with other parameters."""
        stated = {"SourceUrl": self.repository.url, "Mode": "apply", **parameters}
        self.world.deploy(TEMPLATE, self.stack, stated)
        self.__dict__.pop("controller", None)

    def roll_back(self, name: str) -> None:
        """What a person does who rolls a deployment back in the console."""
        ecs = self.world.client("ecs")
        listed = ecs.list_service_deployments(cluster=CLUSTER, service=name)["serviceDeployments"]
        arn = listed[0]["serviceDeploymentArn"]
        ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    def quarantine(self, name: str) -> tuple[Quarantined, ...]:
        """What the controller will not roll out again."""
        return self.record(name).quarantine

    def history(self, name: str) -> list[tuple[str, str]]:
        """What was done for a service, oldest first: event and message."""
        return [(each.event, each.message) for each in self.lines(name)]

    def lines(self, name: str) -> list[HistoryEntry]:
        """The whole history of a service, oldest first."""
        return self.controller.table.history(ServiceKey(CLUSTER, name), 100)[::-1]

    def ask(self, *words: str, who: tuple[str, str] = (ADMIN.access_key, ADMIN.secret_key)) -> str:
        """Run the command line as a person with these keys does; what it prints."""
        environment = {"AWS_ACCESS_KEY_ID": who[0], "AWS_SECRET_ACCESS_KEY": who[1]}
        done = CliRunner().invoke(app, [*words, "--stack", self.stack], env=environment)
        assert done.exit_code == 0, done.output
        return done.output

    def request(self, verb: str, name: str, *who: str) -> str:
        """Ask for something by the command line, without following it; the request's id."""
        keys = (who[0], who[1]) if who else (ADMIN.access_key, ADMIN.secret_key)
        said = self.ask(verb, f"{CLUSTER}/{name}", "--timeout", "0", who=keys)
        return said.partition("(request ")[2].partition(")")[0]

    def an_ordinary_push_works(self, name: str = "nginx", image: str = "nginx:well", **more: Any) -> None:
        """After whatever happened: a good push is rolled out once, and then there is nothing to do."""
        before = len(self.deployments(name))
        self.push({name: a_manifest(image, **more)}, "An ordinary change")
        self.until_rolled_out(name, image)
        assert self.deployments(name)[before:] == [(image, "SUCCESSFUL")]
        assert self.plan(name) == []
        assert self.status(name).reason is Reason.SYNCED

    def outcome(self, name: str) -> Outcome | None:
        """How the last attempt ended, by the controller's record; None while it goes on."""
        attempt = self.record(name).attempt
        return attempt.outcome if attempt else None

    def record(self, name: str) -> Record:
        """What the controller remembers of a service."""
        return self.controller.table.get(ServiceKey(CLUSTER, name))[1]

    def image(self, name: str) -> str:
        """The image of the first container that a service is set to run; "" when ECS shows none."""
        if not self.service(name):
            return ""
        return str(self.definition(name)["containerDefinitions"][0]["image"])

    def definition(self, name: str) -> dict[str, Any]:
        """The task definition that a service is set to run."""
        arn = self.service(name)["taskDefinition"]
        found: dict[str, Any] = self.world.client("ecs").describe_task_definition(taskDefinition=arn)
        return dict(found["taskDefinition"])

    def plan(self, name: str) -> list[Action]:
        """What the controller would do now."""
        key, controller = ServiceKey(CLUSTER, name), self.controller
        desired, record = controller.table.get(key)
        created = just_created(record.created, controller.clock())
        live = controller.ecs.live(key, deployments=False, created=created)
        live = replace(live, scalable=controller.scaling.is_scalable(key))
        install = controller.settings.install
        return plan(desired, live, record, install=install, now=controller.clock())

    @cached_property
    def controller(self) -> Controller:
        """The controller's own parts with the admin's rights, set as the reconciler is."""
        function = self.resource("ReconcilerFunction")
        configured = self.world.client("lambda").get_function_configuration(FunctionName=function)
        variables = {**configured["Environment"]["Variables"], "AWS_REGION": REGION}
        return build(Settings.from_env(variables), self.world.session(), self.now)

    def now(self) -> float:
        """The world's time, epoch seconds."""
        return self.world.timeline.now

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource of the stack."""
        found = self.world.client("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def calls(self, action: str) -> list[Mapping[str, Any]]:
        """Every request of the controller's functions for an action, in order."""
        kept = [entry.detail for entry in self.world.journal if entry.kind == "request"]
        return [detail for detail in kept if detail["action"] == action and detail["who"] != "admin"]

    def writes(self) -> list[str]:
        """Every request of the controller's functions that changes something in ECS, in order."""
        sent = [entry.detail for entry in self.world.journal if entry.kind == "request"]
        ours = [detail["action"] for detail in sent if detail["who"] != "admin"]
        return [action for action in ours if action.startswith(WRITES)]

    def refused(self) -> list[str]:
        """The actions that a role was refused at the door, each once, in order."""
        sent = [entry.detail for entry in self.world.journal if entry.kind == "request"]
        return list(dict.fromkeys(detail["action"] for detail in sent if not detail["allowed"]))

    def failures(self) -> list[Mapping[str, Any]]:
        """Invocations that ended in an error, and requests that a role may not send."""
        wrong = ("lambda.ended", "error", ""), ("request", "allowed", True)
        return [
            entry.detail
            for entry in self.world.journal
            for kind, name, well in wrong
            if entry.kind == kind and entry.detail[name] != well
        ]


@contextmanager
def a_stage(
    *,
    seed: int = 0,
    stack: str = "ecs-gitops",
    cluster: bool = True,
    variants: Mapping[str, str] | None = None,
    **parameters: str,
) -> Iterator[Stage]:
    """An inline world with a cluster, an empty repository and the controller of template.yaml.

    variants: answers to what is not known of AWS, where they are not the usual ones.
    """
    with World.inline(seed=seed, variants=variants or {}) as world:
        repository = world.repository("config")
        if cluster:
            world.client("ecs").create_cluster(clusterName=CLUSTER)
        world.deploy(TEMPLATE, stack, {"SourceUrl": repository.url, "Mode": "apply", **parameters})
        yield Stage(world, repository, stack)


def a_manifest(
    image: str = "nginx:1.27",
    count: int = 2,
    *,
    family: str = "nginx-task",
    breaker: Mapping[str, bool] = BREAKER,
    **ours: Mapping[str, Any],
) -> str:
    """A service that ECS can run on a bare cluster; `ours` are sections such as reconcile and rollout."""
    stated = f"""\
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: {family}
  containerDefinitions:
    - name: nginx
      image: {image}
      memory: 128
      portMappings: [{{containerPort: 80}}]
      healthCheck: {{command: [CMD-SHELL, "curl -f localhost"], interval: 10, timeout: 2, retries: 2}}
service:
  desiredCount: {count}
  deploymentConfiguration: {{deploymentCircuitBreaker: {json.dumps(breaker)}}}
"""
    return stated + "".join(f"{name}: {json.dumps(section)}\n" for name, section in ours.items())
