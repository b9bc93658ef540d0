"""Which class makes which CloudFormation type, and what a world sets in moto for it."""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing

from sandbox.stack.check import check_resource
from sandbox.stack.corrected import (
    SandboxCluster,
    SandboxLoadBalancer,
    SandboxLogGroup,
    SandboxQueueType,
    SandboxRuleType,
    SandboxTable,
    SandboxTargetGroup,
)
from sandbox.stack.function_policies import SandboxInvokeConfig, SandboxPermission
from sandbox.stack.functions import SandboxFunction, SandboxLayer
from sandbox.stack.functions import replacements as function_replacements
from sandbox.stack.known import KNOWN
from sandbox.stack.resolving import StackError
from sandbox.stack.roles import SandboxRole
from sandbox.stack.simple import (
    Alarm,
    CapacityProvider,
    ClusterCapacityProviders,
    CodeCommitRepository,
    QueuePolicy,
)
from sandbox.wires.install import Wires
from sandbox.wires.parts import Replacement

OURS = (
    Alarm,
    CapacityProvider,
    ClusterCapacityProviders,
    CodeCommitRepository,
    QueuePolicy,
    SandboxCluster,
    SandboxFunction,
    SandboxInvokeConfig,
    SandboxLayer,
    SandboxLoadBalancer,
    SandboxLogGroup,
    SandboxPermission,
    SandboxQueueType,
    SandboxRole,
    SandboxRuleType,
    SandboxTable,
    SandboxTargetGroup,
)


def resource_class(resource_type: str) -> Any:
    """The class that makes a type. Raises StackError when the sandbox does not know it."""
    ours = {made.cloudformation_type(): made for made in OURS}
    if resource_type not in KNOWN:
        raise StackError(f"unknown type {resource_type}")
    return ours.get(resource_type) or parsing.get_model_map()[resource_type]


def name_property(resource_type: str) -> str | None:
    """The property that names a resource of a type; None when it has none."""
    return resource_class(resource_type).cloudformation_name_type() or None


def parse_resource(resource_json: dict[str, Any], resources_map: Any) -> tuple[Any, Any, str]:
    """A resource's class, its properties with all references resolved, its type."""
    check_resource(resource_json)
    resource_type = resource_json["Type"]
    stated = parsing.clean_json({"Properties": {}, **resource_json}, resources_map)
    return resource_class(resource_type), stated, resource_type


def replacements(wires: Wires) -> tuple[Replacement, ...]:
    """What a world sets in moto so that a stack becomes living resources."""
    return (
        *wires.replacements(),
        *function_replacements(wires),
        Replacement(parsing, "resource_class_from_type", resource_class),
        Replacement(parsing, "resource_name_property_from_type", name_property),
        Replacement(parsing, "parse_resource", parse_resource),
    )
