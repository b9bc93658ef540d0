"""What CreateService and UpdateService refuse about where tasks run. Pure."""

from __future__ import annotations

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.refusals.refusal import (
    API,
    BOTH,
    CREATE,
    GUIDE,
    INVALID,
    RECORDED,
    Asked,
    Refusal,
    first,
    say_if,
)
from sandbox.services.ecs.service_fields import fargate, strategy_of

FARGATE_PROVIDERS = frozenset({"FARGATE", "FARGATE_SPOT"})
PLATFORMS = ("LATEST", "1.4.0", "1.3.0", "1.0.0")
MOST_PROVIDERS = 20
MOST_STRATEGIES = 5
MOST_CONSTRAINTS = 10
BINPACK = ("cpu", "memory")
EXPRESSION = 2000


def _strategy(asked: Asked) -> list[Document]:
    return list(asked.request.get("capacityProviderStrategy") or ())


def _names(asked: Asked) -> set[str]:
    return {item["capacityProvider"] for item in _strategy(asked)}


def _wants_fargate(asked: Asked) -> bool:
    """Would the service's tasks run on Fargate after the request?"""
    return fargate(strategy_of(asked.fields(), asked.request, list(asked.default_strategy)))


def _launch_twice(asked: Asked) -> str | None:
    both = asked.request.get("launchType") and asked.request.get("capacityProviderStrategy")
    words = "Specifying both a launch type and capacity provider strategy is not supported."
    return say_if(both, f"{words} Remove one and try again.")


def _managed(asked: Asked) -> str | None:
    wrong = asked.request.get("launchType") == "MANAGED_INSTANCES"
    words = "Managed Instances need a capacity provider strategy. Remove the launch type and try again."
    return say_if(wrong, words)


def _many_providers(asked: Asked) -> str | None:
    words = f"A capacity provider strategy can contain a maximum of {MOST_PROVIDERS} capacity providers."
    return say_if(len(_strategy(asked)) > MOST_PROVIDERS, words)


def _mixed(asked: Asked) -> str | None:
    names = _names(asked)
    words = (
        "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups"
    )
    wrong = names & FARGATE_PROVIDERS and names - FARGATE_PROVIDERS
    return say_if(wrong, f"{words} and Fargate providers. Specify one or the other and try again.")


def _weighted(asked: Asked) -> str | None:
    strategy = _strategy(asked)
    words = (
        "There are no capacity providers in the capacity provider strategy with a weight value greater than"
        " zero. Specify a weight value greater than zero for at least one capacity provider and try again."
    )
    return say_if(strategy and not any(item.get("weight") for item in strategy), words)


def _one_base(asked: Asked) -> str | None:
    based = [item for item in _strategy(asked) if item.get("base")]
    words = (
        "There are multiple capacity providers in the specified capacity provider strategy with a base"
        " value greater than zero. Only one capacity provider can have a base value greater than zero."
        " Specify a valid capacity provider strategy and try again."
    )
    return say_if(len(based) > 1, words)


def _associated(asked: Asked) -> str | None:
    words = (
        "The specified capacity provider strategy cannot contain a capacity provider that is not associated"
        " with the cluster. Associate the capacity provider with the cluster and try again."
    )
    return say_if(_names(asked) - asked.providers, words)


def _daemon_strategy(asked: Asked) -> str | None:
    words = "Specifying a capacity provider strategy is not supported when you create a service using the"
    defaulted = asked.default_strategy and not asked.service and not asked.request.get("launchType")
    wrong = asked.daemon and (_strategy(asked) or defaulted)
    return say_if(wrong, f"{words} DAEMON scheduling strategy.")


def _supports_launch(asked: Asked) -> str | None:
    wanted = _wants_fargate(asked) and "FARGATE" not in asked.definition.get("compatibilities", ())
    return say_if(wanted, "Task definition does not support launch_type FARGATE.")


def _platform(asked: Asked) -> str | None:
    stated = asked.request.get("platformVersion")
    words = "The platform version must be null when specifying an EC2 launch type."
    return say_if(stated and not _wants_fargate(asked), words)


def _known_platform(asked: Asked) -> str | None:
    stated = asked.request.get("platformVersion")
    return say_if(stated and stated not in PLATFORMS, "The specified platform version does not exist.")


def _platform_fits(asked: Asked) -> str | None:
    """Platform 1.3.0 mounts no EFS volume and has no storage to choose."""
    old = asked.fields().get("platformVersion") == "1.3.0"
    volumes = asked.definition.get("volumes") or ()
    needs = asked.definition.get("ephemeralStorage") or any(
        "efsVolumeConfiguration" in item for item in volumes
    )
    words = (
        "The specified platform version does not satisfy the required capabilities of the task definition."
    )
    return say_if(old and needs, words)


def _fargate_placement(asked: Asked) -> str | None:
    on = _wants_fargate(asked)
    return first(
        f"Placement {what} are not supported with FARGATE launch type."
        for name, what in (("placementConstraints", "constraints"), ("placementStrategy", "strategies"))
        if on and asked.request.get(name)
    )


def _daemon_placement(asked: Asked) -> str | None:
    words = "The daemon scheduling strategy does not support placement strategies."
    wrong = asked.daemon and asked.request.get("placementStrategy")
    return say_if(wrong, f"{words} Remove the placement strategy and try again")


def _strategy_fields(asked: Asked) -> str | None:
    for item in asked.request.get("placementStrategy") or ():
        kind, name = item.get("type"), str(item.get("field", ""))
        if kind == "binpack" and name.lower() not in BINPACK:
            return f"binpack field '{name}' is invalid."
        if kind == "random" and name:
            return "random strategy does not support a field."
    return None


def _many_placements(asked: Asked) -> str | None:
    many = len(asked.request.get("placementStrategy") or ()) > MOST_STRATEGIES
    words = f"A service can have at most {MOST_STRATEGIES} placement strategies."
    constraints = len(asked.request.get("placementConstraints") or ()) > MOST_CONSTRAINTS
    other = f"A task can have at most {MOST_CONSTRAINTS} placement constraints."
    return say_if(many, words) or say_if(constraints, other)


def _expressions(asked: Asked) -> str | None:
    for item in asked.request.get("placementConstraints") or ():
        kind, text = item.get("type"), item.get("expression")
        if kind == "distinctInstance" and text:
            return "Expression is not supported for placement constraint type distinctInstance."
        if kind == "memberOf" and not text:
            return "Expression is required for placement constraint type memberOf."
        if len(text or "") > EXPRESSION:
            return f"An expression can have a maximum length of {EXPRESSION} characters."
    return None


CAPACITY_REFUSALS: tuple[Refusal, ...] = (
    Refusal("ecs-launch-type-or-strategy", BOTH, INVALID, RECORDED, _launch_twice),
    Refusal("ecs-managed-instances-launch-type", (CREATE,), INVALID, API, _managed, confirmed=False),
    Refusal("ecs-strategy-at-most", BOTH, INVALID, API, _many_providers, confirmed=False),
    Refusal("ecs-strategy-mixed", BOTH, INVALID, RECORDED, _mixed),
    Refusal("ecs-strategy-weight", BOTH, INVALID, RECORDED, _weighted),
    Refusal("ecs-strategy-base", BOTH, INVALID, RECORDED, _one_base),
    Refusal("ecs-daemon-strategy", BOTH, INVALID, RECORDED, _daemon_strategy),
    Refusal("ecs-strategy-associated", BOTH, INVALID, RECORDED, _associated),
    Refusal("ecs-launch-type-supported", BOTH, INVALID, RECORDED, _supports_launch),
    Refusal("ecs-platform-version", BOTH, INVALID, RECORDED, _platform),
    Refusal("ecs-platform-known", BOTH, "PlatformUnknownException", API, _known_platform, confirmed=False),
    Refusal(
        "ecs-platform-fits",
        BOTH,
        "PlatformTaskDefinitionIncompatibilityException",
        API,
        _platform_fits,
        confirmed=False,
    ),
    Refusal("ecs-fargate-placement", BOTH, INVALID, RECORDED, _fargate_placement),
    Refusal("ecs-daemon-placement", BOTH, INVALID, RECORDED, _daemon_placement),
    Refusal("ecs-placement-field", BOTH, INVALID, RECORDED, _strategy_fields),
    Refusal("ecs-placement-at-most", BOTH, INVALID, API, _many_placements, confirmed=False),
    Refusal("ecs-placement-expression", BOTH, INVALID, GUIDE, _expressions, confirmed=False),
)
"""The rules of capacity and placement, in the order in which they are asked."""
