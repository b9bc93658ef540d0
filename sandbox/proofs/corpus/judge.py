"""Brings definitions about in an inline world, and asks the product what it would change: nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecs_gitops.aws.ecs import Ecs
from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.diff import diff
from ecs_gitops.compare.ownership import Sides, differences
from ecs_gitops.compare.statement import statement
from ecs_gitops.model.desired import Desired, Stated
from ecs_gitops.model.errors import GitOpsError
from ecs_gitops.model.live import Live
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.record import Attempt, Change, Record
from ecs_gitops.plan.decide import plan
from ecs_gitops.resources.field import Table
from ecs_gitops.resources.service import stated_in_context
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.proofs.corpus import files
from sandbox.proofs.corpus.files import Definition
from sandbox.proofs.corpus.surroundings import Surroundings
from sandbox.services.ecs.definitions import described
from sandbox.services.ecs.service_fields import created
from sandbox.world.world import ACCOUNT, REGION, World

CLUSTER = "corpus"
INSTALL = Install("corpus", ACCOUNT, REGION)
ATTEMPT = Attempt("corpus", "d1:0", "corpus", "Push", 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a plan would change of one definition, and why ECS would not take it if it would not.

    What is refused is compared with what ECS would answer if it were not.
    """

    changes: tuple[Change, ...] = ()
    refused: str = ""


class Judge:
    """Judges definitions, each on its own, in one world.

    tampered: done to each service before it is looked at; a control gives something here.
    """

    def __init__(
        self,
        world: World,
        task_table: Table = TASK_DEFINITION,
        tampered: Callable[[Any, ServiceKey], object] = lambda _client, _key: None,
    ) -> None:
        self._world = world
        self._task_table = task_table
        self._tampered = tampered
        self._count = 0
        world.client("ecs").create_cluster(clusterName=CLUSTER)
        self._surroundings = Surroundings(world, CLUSTER)

    def verdict(self, definition: Definition) -> Verdict:
        """Bring it about, describe it, compare."""
        try:
            if definition.kind == files.TASK:
                return self._task_definition(definition)
            return self._service(definition.request)
        except GitOpsError as error:
            return Verdict(self._by_answer(definition), refused=str(error))

    def _ecs(self) -> Ecs:
        """A gateway that has seen nothing yet."""
        return Ecs(self._world.client("ecs"), INSTALL)

    def _task_definition(self, definition: Definition) -> Verdict:
        request = definition.request
        key = ServiceKey(CLUSTER, "none")
        arn = self._ecs().register(key, _stated(request, None), ATTEMPT)["taskDefinitionArn"]
        answered = self._ecs().task_definition(arn)
        return Verdict(self._differs(answered, request) or self._differs(definition.found, request))

    def _by_answer(self, definition: Definition) -> tuple[Change, ...]:
        if definition.kind == files.SERVICE:
            return _service_by_answer(definition.request)
        prefix = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
        answered = described(definition.request, prefix=prefix, revision=1, now=0.0, by="")
        return self._differs(answered, definition.request)

    def _differs(self, answered: Mapping[str, Any], request: Mapping[str, Any]) -> tuple[Change, ...]:
        live, desired = (canonical(self._task_table, each) for each in (answered, request))
        return diff(self._task_table, live, desired, files.TASK)

    def _service(self, request: Mapping[str, Any]) -> Verdict:
        if not _is_run_here(request):
            return Verdict(_service_by_answer(request))
        self._count += 1
        key = ServiceKey(CLUSTER, f"service-{self._count}")
        request = self._surroundings.reachable(request)
        task = self._surroundings.task_definition(key.name, request)
        whole = {"desiredCount": 1, **request} if _is_replica(request) else request
        arn = self._ecs().register(key, _stated(task, whole), ATTEMPT)["taskDefinitionArn"]
        self._ecs().create_service(key, _stated(task, whole), arn, f"token-{self._count}")
        self._tampered(self._world.client("ecs"), key)
        stated = _stated(task, request)
        return Verdict(_planned(key, stated, self._ecs().live(key, deployments=False), arn))


def _planned(key: ServiceKey, stated: Stated, live: Live, arn: str) -> tuple[Change, ...]:
    desired = Desired(key, f"{key}.yaml", stated.commit, 1, stated)
    record = Record(key, applied=stated, task_definition_arn=arn)
    actions = plan(desired, live, record, install=INSTALL, now=0.0)
    return tuple(change for action in actions for change in action.changes)


def _service_by_answer(request: Mapping[str, Any]) -> tuple[Change, ...]:
    """By what ECS would answer, for what this sandbox knows but does not run."""
    fields, revision = created(request, None)
    live = {**fields, **revision}
    sides = Sides(SERVICE, stated_in_context(request, live), live, request)
    found = differences(sides, section=files.SERVICE, not_owned=("desiredCount",))
    return tuple(change for each in found for change in each.changes)


def _stated(task: Mapping[str, Any] | None, service: Mapping[str, Any] | None) -> Stated:
    return statement("corpus", task, service)


def _is_run_here(request: Mapping[str, Any]) -> bool:
    """Whether the sandbox runs this strategy and this controller."""
    strategy = (request.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    controller = (request.get("deploymentController") or {}).get("type", "ECS")
    return (strategy, controller) == ("ROLLING", "ECS")


def _is_replica(request: Mapping[str, Any]) -> bool:
    return request.get("schedulingStrategy", "REPLICA") == "REPLICA"
