"""A world in which the controller is installed, and what a person does in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ecs_gitops.actions import Action
from ecs_gitops.bootstrap import Controller, build
from ecs_gitops.model import Outcome, Record, ServiceKey
from ecs_gitops.plan import plan
from ecs_gitops.settings import Settings
from sandbox.codecommit.repositories import Repository
from sandbox.world import REGION, World

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
CLUSTER = "handson"
ROLLED_OUT_WITHIN = 600.0
"""Seconds of the world in which any rollout of two well tasks has ended."""


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

    def until_rolled_out(self, name: str, image: str) -> dict[str, Any]:
        """Let the world go on until ECS runs this image and nothing else, and the controller knows it."""

        def rolled_out() -> bool:
            deployments = self.service(name).get("deployments", [])
            done = [each["rolloutState"] for each in deployments] == ["COMPLETED"]
            return done and self.image(name) == image and self.outcome(name) is Outcome.SUCCEEDED

        self.world.until(rolled_out, ROLLED_OUT_WITHIN, f"the rollout of {name} to {image}")
        return self.service(name)

    def outcome(self, name: str) -> Outcome | None:
        """How the last attempt ended, by the controller's record; None while it goes on."""
        attempt = self.record(name).attempt
        return attempt.outcome if attempt else None

    def record(self, name: str) -> Record:
        """What the controller remembers of a service."""
        return self.controller.table.get(ServiceKey(CLUSTER, name))[1]

    def image(self, name: str) -> str:
        """The image of the first container that a service is set to run."""
        arn = self.service(name)["taskDefinition"]
        definition = self.world.client("ecs").describe_task_definition(taskDefinition=arn)
        return str(definition["taskDefinition"]["containerDefinitions"][0]["image"])

    def plan(self, name: str) -> list[Action]:
        """What the controller would do now."""
        key, controller = ServiceKey(CLUSTER, name), self.controller
        desired, record = controller.table.get(key)
        live = controller.ecs.live(key, deployments=False)
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
def a_stage(*, seed: int = 0, stack: str = "ecs-gitops", **parameters: str) -> Iterator[Stage]:
    """An inline world with a cluster, an empty repository and the controller of template.yaml."""
    with World.inline(seed=seed) as world:
        repository = world.repository("config")
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        world.deploy(TEMPLATE, stack, {"SourceUrl": repository.url, "Mode": "apply", **parameters})
        yield Stage(world, repository, stack)


def a_manifest(image: str = "nginx:1.27", count: int = 2) -> str:
    """A service that ECS can run on a bare cluster."""
    return f"""\
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: nginx-task
  containerDefinitions:
    - name: nginx
      image: {image}
      memory: 128
      portMappings: [{{containerPort: 80}}]
service:
  desiredCount: {count}
"""
