"""ECS's operations → the calls IAM judges: resource ARNs, condition keys, the roles that are passed. Pure.

Sources: the service authorization reference of Amazon ECS; "Grant permission to tag resources on creation".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.front.iam import Call
from sandbox.front.known import Known, TaskDefinitionFacts
from sandbox.front.protocols import Operation

Values = Mapping[str, tuple[str, ...]]

_TASKS, _ECS = "ecs-tasks.amazonaws.com", "ecs.amazonaws.com"


def calls(operation: Operation, known: Known) -> tuple[Call, ...]:
    """The operation itself, then tags on creation, then every role that it hands to ECS."""
    resources = _RESOURCES.get(operation.name, _everything)(operation)
    context = _context(operation, known)
    own = Call(f"ecs:{operation.name}", resources, context)
    return own, *_tagging(operation, resources, context), *_passed_roles(operation, known)


def _everything(_: Operation) -> tuple[str, ...]:
    return ("*",)


def _cluster_name(operation: Operation) -> str:
    return _last(operation.text("cluster") or "default")


def _cluster(operation: Operation) -> tuple[str, ...]:
    named = operation.text("cluster") or operation.text("clusterName") or "default"
    return (operation.arn("cluster/", _last(named)),)


def _clusters(operation: Operation) -> tuple[str, ...]:
    names = _texts(operation, "clusters") or ["default"]
    return tuple(operation.arn("cluster/", _last(name)) for name in names)


def _service(operation: Operation) -> tuple[str, ...]:
    named = operation.text("service") or operation.text("serviceName")
    return (_service_arn(operation, named),)


def _services(operation: Operation) -> tuple[str, ...]:
    return tuple(_service_arn(operation, name) for name in _texts(operation, "services")) or ("*",)


def _service_arn(operation: Operation, named: str) -> str:
    # A short ARN (…:service/name) names no cluster; IAM sees the long one.
    if named.startswith("arn:") and named.count("/") > 1:
        return named
    return operation.arn(f"service/{_cluster_name(operation)}/", _last(named))


def _task_definition(operation: Operation) -> tuple[str, ...]:
    return (operation.arn("task-definition/", f"{operation.text('family')}:*"),)


def _task_definitions(operation: Operation) -> tuple[str, ...]:
    names = _texts(operation, "taskDefinitions")
    return tuple(operation.arn("task-definition/", _last(name)) for name in names) or ("*",)


def _run(operation: Operation) -> tuple[str, ...]:
    return (operation.arn("task-definition/", _last(operation.text("taskDefinition"))),)


def _tasks(operation: Operation) -> tuple[str, ...]:
    named = [operation.text("task")] if operation.text("task") else _texts(operation, "tasks")
    return tuple(_task_arn(operation, name) for name in named) or ("*",)


def _task_arn(operation: Operation, named: str) -> str:
    return operation.arn(f"task/{_cluster_name(operation)}/", named)


def _list_tasks(operation: Operation) -> tuple[str, ...]:
    instance = _last(operation.text("containerInstance") or "*")
    return (operation.arn(f"container-instance/{_cluster_name(operation)}/", instance),)


def _deployments(operation: Operation) -> tuple[str, ...]:
    single = operation.text("serviceDeploymentArn")
    return _with_service([single] if single else _texts(operation, "serviceDeploymentArns"))


def _revisions(operation: Operation) -> tuple[str, ...]:
    return _with_service(_texts(operation, "serviceRevisionArns"))


def _with_service(arns: Iterable[str]) -> tuple[str, ...]:
    """A service deployment or revision, and the service in its ARN: the action needs both."""
    resources: list[str] = []
    for arn in arns:
        head, _, path = arn.rpartition(":")
        resources += [f"{head}:service/{'/'.join(path.split('/')[1:3])}", arn]
    return tuple(dict.fromkeys(resources)) or ("*",)


def _tagged(operation: Operation) -> tuple[str, ...]:
    return (operation.text("resourceArn") or "*",)


def _capacity_provider(operation: Operation) -> tuple[str, ...]:
    named = operation.text("name") or operation.text("capacityProvider")
    return (operation.arn("capacity-provider/", _last(named)),)


_RESOURCES: Mapping[str, Callable[[Operation], tuple[str, ...]]] = {
    "CreateCluster": _cluster,
    "DeleteCluster": _cluster,
    "UpdateCluster": _cluster,
    "UpdateClusterSettings": _cluster,
    "PutClusterCapacityProviders": _cluster,
    "DescribeClusters": _clusters,
    "CreateCapacityProvider": _capacity_provider,
    "UpdateCapacityProvider": _capacity_provider,
    "DeleteCapacityProvider": _capacity_provider,
    "CreateService": _service,
    "UpdateService": _service,
    "DeleteService": _service,
    "DescribeServices": _services,
    "ListServiceDeployments": _service,
    "DescribeServiceDeployments": _deployments,
    "StopServiceDeployment": _deployments,
    "ContinueServiceDeployment": _deployments,
    "DescribeServiceRevisions": _revisions,
    "RegisterTaskDefinition": _task_definition,
    "DeleteTaskDefinitions": _task_definitions,
    "RunTask": _run,
    "StartTask": _run,
    "DescribeTasks": _tasks,
    "StopTask": _tasks,
    "ExecuteCommand": _tasks,
    "ListTasks": _list_tasks,
    "TagResource": _tagged,
    "UntagResource": _tagged,
    "ListTagsForResource": _tagged,
}
_WITH_CLUSTER = frozenset(_RESOURCES) - {
    *("RegisterTaskDefinition", "DeleteTaskDefinitions", "CreateCapacityProvider"),
    *("UpdateCapacityProvider", "DeleteCapacityProvider", "TagResource", "UntagResource"),
    *("ListTagsForResource", "CreateCluster", "DescribeClusters"),
} | {"ListServices", "ListContainerInstances", "DescribeContainerInstances"}


def _context(operation: Operation, known: Known) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {**_request_tags(operation), **_resource_tags(operation, known)}
    if operation.name in _WITH_CLUSTER:
        context["ecs:cluster"] = (_cluster_of(operation),)
    within = _deployments(operation) + _revisions(operation)
    if within[0] != "*":
        context["ecs:service"] = (within[0],)
    used = _used_task_definition(operation, known)
    if used:
        context["ecs:task-definition"] = (used.arn,)
    return context | _settings(operation)


def _cluster_of(operation: Operation) -> str:
    named = operation.text("cluster")
    by_arn = [arn for arn in _deployments(operation) + _revisions(operation) if arn.startswith("arn:")]
    if by_arn and not named:
        head, _, path = by_arn[0].rpartition(":")
        return f"{head}:cluster/{path.split('/')[1]}"
    return _cluster(operation)[0]


def _settings(operation: Operation) -> dict[str, tuple[str, ...]]:
    """Condition keys that are a parameter of the request by another name."""
    keys = {
        "ecs:enable-execute-command": operation.parameters.get("enableExecuteCommand"),
        "ecs:enable-ecs-managed-tags": operation.parameters.get("enableECSManagedTags"),
        "ecs:propagate-tags": operation.parameters.get("propagateTags"),
        "ecs:compute-compatibility": operation.parameters.get("requiresCompatibilities"),
    }
    if operation.name == "RegisterTaskDefinition":
        keys["ecs:task-cpu"] = operation.parameters.get("cpu")
        keys["ecs:task-memory"] = operation.parameters.get("memory")
        keys["ecs:privileged"] = any(one.get("privileged") for one in _containers(operation))
    return {key: _values(value) for key, value in keys.items() if value is not None}


def _values(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def _containers(operation: Operation) -> list[Mapping[str, Any]]:
    return list(operation.parameters.get("containerDefinitions") or ())


def _request_tags(operation: Operation) -> dict[str, tuple[str, ...]]:
    stated = operation.parameters.get("tags") or ()
    tags = {str(tag.get("key")): str(tag.get("value", "")) for tag in stated}
    keys = (*tags, *_texts(operation, "tagKeys"))
    context: dict[str, tuple[str, ...]] = {"aws:tagkeys": keys} if keys else {}
    return context | {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}


def _resource_tags(operation: Operation, known: Known) -> dict[str, tuple[str, ...]]:
    if operation.name in ("CreateService", "RegisterTaskDefinition", "CreateCluster"):
        return {}  # the resource does not exist yet
    resource = _RESOURCES.get(operation.name, _everything)(operation)[0]
    tags = known.tags(resource) if resource.startswith("arn:") else {}
    return {
        f"{space}:resourcetag/{key.lower()}": (value,)
        for key, value in tags.items()
        for space in ("aws", "ecs")
    }


def _tagging(operation: Operation, resources: tuple[str, ...], context: Values) -> list[Call]:
    """Tags given on creation need ecs:TagResource with ecs:CreateAction."""
    if not operation.parameters.get("tags") or operation.name == "TagResource":
        return []
    return [Call("ecs:TagResource", resources, {**context, "ecs:createaction": (operation.name,)})]


def _used_task_definition(operation: Operation, known: Known) -> TaskDefinitionFacts | None:
    named = operation.text("taskDefinition")
    using = operation.name in ("CreateService", "UpdateService", "RunTask", "StartTask")
    return known.task_definition(named) if named and using else None


def _passed_roles(operation: Operation, known: Known) -> list[Call]:
    used = _used_task_definition(operation, known)
    tasks = (
        [operation.text(name) for name in ("taskRoleArn", "executionRoleArn")] if not used else used.roles
    )
    service = operation.name in ("CreateService", "UpdateService")
    infrastructure = list(_roles_within(operation.parameters)) if service else []
    return [_pass(operation, role, _TASKS) for role in dict.fromkeys(tasks) if role] + [
        _pass(operation, role, _ECS) for role in dict.fromkeys(infrastructure)
    ]


def _roles_within(value: Any) -> Iterable[str]:
    """Every `roleArn` (load balancers, volumes, hooks, TLS) and the old `role` of a service operation."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("roleArn", "role") and isinstance(inner, str) and inner:
                yield inner
            else:
                yield from _roles_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _roles_within(inner)


def _pass(operation: Operation, role: str, to: str) -> Call:
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{operation.account}:role/{role}"
    return Call("iam:PassRole", (arn,), {"iam:passedtoservice": (to,)})


def _texts(operation: Operation, name: str) -> list[str]:
    return [str(one) for one in operation.parameters.get(name) or ()]


def _last(named: str) -> str:
    return named.rpartition("/")[2]
