"""The manifest's own keys, as a strict model: what AWS has no field for. Pure.

AWS's sections are checked elsewhere, against botocore's model; here they are any mapping.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import MOST_FAULTS, Fault, Path
from ecs_gitops.manifest.node import Node
from ecs_gitops.model.desired import ReconcilePolicy, RolloutPolicy
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Mode
from ecs_gitops.resources.shape import name_of

API_VERSION = "ecs-gitops/v1"
AWS_SECTIONS = ("taskDefinition", "service")
RESERVED = (
    "deploymentGroup",
    "scalableTarget",
    "scalingPolicies",
    "scheduledActions",
    "imageUpdates",
    "scalingTuning",
)
RESERVED_ROLLOUT = ("tasksBefore", "gates", "tasksAfter")
MOST_AWAITED = 100
_DURATION = re.compile(r"([1-9][0-9]{0,4})([smh])\Z")
_TYPES = {
    "dict_type": "a map",
    "model_type": "a map",
    "list_type": "a list",
    "string_type": "text",
    "bool_type": "true or false",
}
"""What pydantic misses, in the words of all other faults."""
_ONE_VALUE = "text, a number, or true or false"
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> int:
    """`90s`, `30m`, `2h` → seconds. Raises ValueError for anything else."""
    match = _DURATION.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 90s, 30m or 2h")
    return int(match[1]) * _SECONDS[match[2]]


def _is_duration(text: str) -> str:
    seconds(text)
    return text


def _is_service(text: str) -> str:
    ServiceKey.parse(text)
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel)

    def __deepcopy__(self, _memo: dict[int, Any] | None = None) -> Self:
        """Itself: defaults are copied for each manifest, and none can change."""
        return self


class Rollout(_Strict):
    """When this service is rolled out, and how long that may take."""

    wait_for: list[Annotated[str, AfterValidator(_is_service)]] = Field(
        default=[],
        max_length=MOST_AWAITED,
        description="Services (`cluster/service`) rolled out first, where the same commit changes them.",
    )
    deadline: Annotated[str, AfterValidator(_is_duration)] = Field(
        default="30m",
        description="After so long (`90s`, `30m`, `2h`) a rollout without an outcome is Degraded.",
    )
    on_failure: Literal["hold"] = Field(
        default="hold",
        description="After a failure what failed is not tried again, what succeeded last is desired, and "
        "Git is left alone. Reserved: `revert`, a commit that takes it back.",
    )


class Reconcile(_Strict):
    """What the controller may do for this service."""

    mode: Literal["auto", "manual", "observe"] = Field(
        default="auto",
        description="`auto` applies; `manual` waits for `ecs-gitops sync`; `observe` only tells.",
    )
    adopt: bool = Field(
        default=False, description="Let Git change an existing service that differs from the manifest."
    )
    prune: bool = Field(default=False, description="Delete the service once its manifest is gone from Git.")
    self_heal: bool = Field(default=True, description="Put back what somebody changed outside Git.")


class Manifest(_Strict):
    """One service, its `extends` merged and its paths read."""

    api_version: Literal["ecs-gitops/v1"] = Field(description="The version of this format.")
    kind: Literal["Service"] = Field(description="What the file states: one ECS service.")
    task_definition: dict[str, Any] | None = Field(
        default=None, description="A RegisterTaskDefinition request, or the path of a file that holds one."
    )
    service: dict[str, Any] | None = Field(
        default=None,
        description="A CreateService request less what the file's place says, or the path of a file that "
        "holds one. Left out, the service must exist: its revisions are rolled, all else stays.",
    )
    rollout: Rollout = Field(
        default=Rollout(), description="When it is rolled out, and how long it may take."
    )
    reconcile: Reconcile = Field(
        default=Reconcile(), description="What the controller may do for this service."
    )
    values: dict[str, str | int | float | bool] = Field(
        default={}, description="What `${value:name}` stands for."
    )

    def rollout_policy(self) -> RolloutPolicy:
        """The `rollout` section in the core's words."""
        return RolloutPolicy(
            wait_for=tuple(ServiceKey.parse(text) for text in self.rollout.wait_for),
            deadline=seconds(self.rollout.deadline),
        )

    def reconcile_policy(self) -> ReconcilePolicy:
        """The `reconcile` section in the core's words."""
        ours = self.reconcile
        return ReconcilePolicy(Mode(ours.mode), ours.adopt, ours.prune, ours.self_heal)


def parse(document: Node) -> tuple[Manifest | None, list[Fault]]:
    """A merged document → its model, AWS's sections empty, or None with every fault of its own keys."""
    if not isinstance(document.value, dict):
        return None, [node.fault(document, (), "a manifest is a mapping of sections")]
    faults = list(_reserved(document))
    stated = {name: _outlined(name, item) for name, item in document.value.items() if name not in RESERVED}
    rollout = stated.get("rollout")
    if isinstance(rollout, dict):
        stated["rollout"] = {key: rollout[key] for key in rollout if key not in RESERVED_ROLLOUT}
    try:
        manifest = Manifest.model_validate(stated)
    except ValidationError as error:
        return None, faults + _few(document, error)
    if manifest.task_definition is None and manifest.service is None:
        faults.append(node.fault(document, (), "states neither taskDefinition nor service"))
    return (None, faults) if faults else (manifest, [])


def _outlined(name: str, item: Node) -> Any:
    """The plain value; of one of AWS's sections that it is a map, since nobody looks into it here."""
    return {} if name in AWS_SECTIONS and isinstance(item.value, dict) else node.plain(item)


def _reserved(document: Node) -> list[Fault]:
    places: list[Path] = [(name,) for name in RESERVED]
    places += [("rollout", name) for name in RESERVED_ROLLOUT]
    return [
        node.fault(document, place, "is not supported by this version yet")
        for place in places
        if node.at(document, place) not in (None, {}, [])
    ]


def _few(document: Node, error: ValidationError) -> list[Fault]:
    """Each fault once (a union finds one several times), one more than is told where there are more."""
    faults: dict[Fault, None] = {}
    for found in error.errors(include_url=False):
        faults[_fault(document, found)] = None
        if len(faults) > MOST_FAULTS:
            break
    return list(faults)


def _fault(document: Node, found: Any) -> Fault:
    path = tuple(found["loc"])
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        known = _known(path[:-1])
        close = get_close_matches(str(path[-1]), known, n=1)
        return node.fault(document, path, "unknown key", suggestion=close[0] if close else "")
    if kind == "missing":
        return node.fault(document, path, "is missing", expected=_expected(path))
    if kind == "literal_error":
        return _no_word(document, path, found["input"], context["expected"])
    if kind == "value_error":
        return node.fault(document, path, str(context["error"]))
    if kind == "too_long":
        most = context["max_length"]
        return node.fault(document, path, f"holds {context['actual_length']}", expected=f"at most {most}")
    path = _within(document, path)
    expected = _ONE_VALUE if path[:1] == ("values",) and len(path) > 1 else _TYPES.get(kind, "")
    return node.fault(document, path, f"is {name_of(node.at(document, path))}", expected=expected)


def _no_word(document: Node, path: Path, found: Any, words: str) -> Fault:
    close = get_close_matches(str(found), re.findall(r"'([^']+)'", words), n=1)
    suggestion = close[0] if close else ""
    return node.fault(document, path, f"is {name_of(found)}", expected=words, suggestion=suggestion)


def _known(path: Path) -> list[str]:
    models: dict[Path, type[BaseModel]] = {(): Manifest, ("rollout",): Rollout, ("reconcile",): Reconcile}
    fields = models[path].model_fields if path in models else {}
    return [str(info.alias) for info in fields.values()]


def _expected(path: Path) -> str:
    return {"apiVersion": API_VERSION, "kind": "Service"}.get(str(path[-1]), "")


def _within(document: Node, path: Path) -> Path:
    """`path` less what pydantic adds to it for the members of a union."""
    while path and node.at(document, path) is None:
        path = path[:-1]
    return path
