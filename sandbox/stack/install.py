"""Which class makes which CloudFormation type, and what a world sets in moto for it."""

from __future__ import annotations

from typing import Any

import moto.logs.models as logs_models
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

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
from sandbox.stack.removal import remove
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
    """The class that makes a type. Raises ValidationError when the sandbox does not know it."""
    ours = {made.cloudformation_type(): made for made in OURS}
    if resource_type not in KNOWN:
        raise ValidationError(message=f"unknown type {resource_type}")
    return ours.get(resource_type) or parsing.get_model_map()[resource_type]


def name_property(resource_type: str) -> str | None:
    """The property that names a resource of a type; None when it has none."""
    return resource_class(resource_type).cloudformation_name_type() or None


def parse_resource(resource_json: dict[str, Any], resources_map: Any) -> tuple[Any, Any, str]:
    """A resource's class, its properties with all references resolved, its type."""
    try:
        check_resource(resource_json)
    except StackError as error:
        raise ValidationError(message=str(error)) from error
    resource_type = resource_json["Type"]
    stated = parsing.clean_json({"Properties": {}, **resource_json}, resources_map)
    return resource_class(resource_type), stated, resource_type


def delete_resource(name: str, resource_json: dict[str, Any], account_id: str, region_name: str) -> None:
    """Take a resource away that cannot do it itself."""
    kind = resource_json["Type"]
    remove(name, kind, resource_class(kind), resource_json, (account_id, region_name))


def replacements(wires: Wires) -> tuple[Replacement, ...]:
    """What a world sets in moto so that a stack becomes living resources."""
    return (
        *wires.replacements(),
        *function_replacements(wires),
        Replacement(logs_models, "LogGroup", SandboxLogGroup),
        Replacement(parsing, "resource_class_from_type", resource_class),
        Replacement(parsing, "resource_name_property_from_type", name_property),
        Replacement(parsing, "parse_resource", parse_resource),
        Replacement(parsing, "parse_and_delete_resource", delete_resource),
    )
