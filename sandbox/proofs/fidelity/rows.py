"""Every row of the tables of fields: what is sent comes back from the sandbox, and is the same to us.

For each row one request without the field and one with it. Both must come back equal in canonical form,
with the lists whose order means nothing turned round. A row of what AWS alone says must not be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape

from ecs_gitops.compare.canonical import canonical
from ecs_gitops.compare.ownership import Sides, differences
from ecs_gitops.resources.field import Node, Table
from ecs_gitops.resources.service import observed, stated_in_context
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION
from sandbox.proofs.fidelity.case import Case, Request, app
from sandbox.proofs.fidelity.ground import Ground
from sandbox.proofs.fidelity.samples import ALWAYS, BESIDE, UNORDERED, VALUES, WITHIN
from sandbox.proofs.fidelity.shown import Tally
from sandbox.services.ecs.service_fields import created

NOT_RUN = ("deploymentConfiguration.linearConfiguration", "deploymentConfiguration.canaryConfiguration")
"""Places of strategies that the sandbox does not run yet: only the form of its answer is compared."""


def canonical_rows(ground: Ground, *, task: Table = TASK_DEFINITION, service: Table = SERVICE) -> Tally:
    """Both tables, row by row."""
    misses = [*_of_tasks(ground, task), *_of_services(ground, service)]
    return Tally(len(task) + len(service), tuple(misses))


def _of_tasks(ground: Ground, table: Table) -> Iterator[str]:
    shape = ground.ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    for place in table:
        for request in requests(shape, place, {"family": "rows", **app()}):
            if wrong := _task(ground, table, place, request):
                yield f"taskDefinition.{place}: {wrong}"
                break


def _of_services(ground: Ground, table: Table) -> Iterator[str]:
    shape = ground.ecs.meta.service_model.operation_model("CreateService").input_shape
    for place in table:
        base = {"cluster": "prod", "taskDefinition": "web", "desiredCount": 1}
        for request in requests(shape, place, base):
            if wrong := _service(ground, table, place, request):
                yield f"service.{place}: {wrong}"
                break


def _task(ground: Ground, table: Table, place: str, request: Request) -> str:
    try:
        ground.ecs.register_task_definition(**request)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    described = ground.ecs.describe_task_definition(taskDefinition=request["family"])["taskDefinition"]
    answer = turned(table.tree, described)
    asked, answered = canonical(table, request), canonical(table, answer)
    if "." not in place and place in answered and table[place].read_only is True:
        return "AWS alone says it, and it is compared"
    return (
        ""
        if asked == answered
        else f"asked {_unequal(asked, answered)}, answered {_unequal(answered, asked)}"
    )


def _service(ground: Ground, table: Table, place: str, request: Request) -> str:
    try:
        live = _formed(request) if place.startswith(NOT_RUN) else _created(ground, request)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    live = turned(table.tree, live)
    if "." not in place and table[place].read_only is True and place in canonical(table, live):
        return "AWS alone says it, and it is compared"
    asked = ground.filled(request)
    sides = Sides(table, stated_in_context(asked, live), live, asked)
    changed = [change.name for change in differences(sides, section="service", not_owned=())]
    return f"a plan would change {', '.join(changed)}" if changed else ""


def _created(ground: Ground, request: Request) -> dict[str, Any]:
    case = Case("", "CreateService", {}, "", given=request)
    named = ground.service(case)
    described = ground.ecs.describe_services(
        cluster=named["cluster"], services=[named["service"]], include=["TAGS"]
    )["services"][0]
    arns = [item["arn"] for item in described["currentServiceRevisions"]]
    revision = ground.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"][0]
    only_there = {name: revision[name] for name in ("gatewayConnectors", "monitoring") if name in revision}
    return {**only_there, **observed(described)}


def _formed(request: Request) -> dict[str, Any]:
    fields, revision = created(request, None)
    return {**fields, **revision, "desiredCount": request["desiredCount"]}


def requests(shape: Shape, place: str, base: Request) -> Iterator[dict[str, Any]]:
    """The base request without the field at a place, and with it; none of a field that cannot be sent."""
    beside = next((more for start, more in BESIDE.items() if place.startswith(start)), {})
    whole = deepcopy({**base, **beside})
    request = {name: value for name, value in whole.items() if value is not None}
    leaf = _leaf(shape, place)
    yield _put(request, place, None)
    if leaf is not None:
        yield _put(deepcopy(request), place, VALUES.get(place, _sample(leaf)))


def _leaf(shape: Any, place: str) -> Any:
    for part in place.split("."):
        shape = shape.members.get(part.removesuffix("[]"))
        if shape is None:
            return None
        shape = shape.member if part.endswith("[]") else shape
    return shape


def _put(request: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """The request with a value at a place, and with whatever holds it; None takes the value away."""
    inner: dict[str, Any] = request
    *outer, name = place.split(".")
    path = ""
    for part in outer:
        path = f"{path}.{part}" if path else part
        inner = _entered(inner, part, WITHIN.get(path, {}))
    if value is not None:
        inner[name] = deepcopy(value)
    elif place not in ALWAYS:
        inner.pop(name, None)
    return request


def _entered(inner: dict[str, Any], part: str, needed: Request) -> dict[str, Any]:
    name = part.removesuffix("[]")
    held = inner.get(name) or ([{}] if part.endswith("[]") else {})
    inner[name] = held
    entered: dict[str, Any] = held[0] if isinstance(held, list) else held
    for member, value in needed.items():
        entered.setdefault(member, deepcopy(value))
    return entered


def _sample(shape: Any) -> Any:
    """Any value of a shape, one that is not a usual default."""
    match shape.type_name:
        case "structure":
            return {name: _sample(shape.members[name]) for name in shape.required_members}
        case "list":
            return [_sample(shape.member)]
        case "map":
            return {"b": "1", "a": "2"}
        case "string":
            return shape.enum[-1] if shape.enum else "x"
        case "boolean":
            return True
        case "float" | "double":
            return 20.0
        case _:
            return 7


def turned(node: Node, value: Any, name: str = "") -> Any:
    """An answer with every list whose order means nothing in the other order."""
    if isinstance(value, Mapping):
        return {inner: turned(node.child(inner), item, inner) for inner, item in value.items()}
    if isinstance(value, list):
        items = [turned(Node(children=node.children), item) for item in value]
        return items[::-1] if node.row.order_key or name in UNORDERED else items
    return value


def _unequal(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if other.get(name) != value}
