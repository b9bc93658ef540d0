"""IAM roles with what moto's CloudFormation leaves out: managed policies, and changes to a role."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, Role, iam_backends


class SandboxRole(Role):
    """AWS::IAM::Role."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        role = Role.create_from_cloudformation_json(
            resource_name[:64], cloudformation_json, account_id, region_name, **kwargs
        )
        _write(role, cloudformation_json["Properties"])
        _attach(role, cloudformation_json["Properties"])
        return role

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        stated = cloudformation_json["Properties"]
        role = original_resource
        if stated.get("RoleName", role.name) != role.name or stated.get("Path", role.path) != role.path:
            raise ValidationError(message=f"the sandbox does not replace role {role.name}: name or path")
        role.assume_role_policy_document = json.dumps(stated["AssumeRolePolicyDocument"])
        role.permissions_boundary_arn = stated.get("PermissionsBoundary", "")
        _write(role, stated)
        _attach(role, stated)
        return role

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        role = iam_backends[account_id]["aws"].get_role(resource_name)
        _attach(role, {})
        Role.delete_from_cloudformation_json(resource_name, cloudformation_json, account_id, region_name)


def _write(role: Any, stated: dict[str, Any]) -> None:
    """Inline policies as text, as PutRolePolicy keeps them; CloudFormation leaves no others."""
    for name in list(role.policies):
        role.delete_policy(name)
    for policy in stated.get("Policies", []):
        role.put_policy(policy["PolicyName"], json.dumps(policy["PolicyDocument"]))


def _attach(role: Any, stated: dict[str, Any]) -> None:
    backend = iam_backends[role.account_id]["aws"]
    wanted = stated.get("ManagedPolicyArns", [])
    for arn in list(role.managed_policies):
        if arn not in wanted:
            backend.detach_role_policy(arn, role.name)
    for arn in wanted:
        _know(backend, arn)
        if arn not in role.managed_policies:
            backend.attach_role_policy(arn, role.name)


def _know(backend: Any, arn: str) -> None:
    """Put one AWS-managed policy in place: loading all of them takes a second."""
    if arn in backend.managed_policies or ":iam::aws:policy/" not in arn:
        return
    name = arn.rsplit("/", 1)[-1]
    if name not in _aws_managed():
        raise ValidationError(message=f"there is no AWS-managed policy {arn}")
    policy = AWSManagedPolicy.from_data(name, backend.account_id, "us-east-1", _aws_managed()[name])
    backend.managed_policies[policy.arn] = policy
    if policy.arn != arn:
        raise ValidationError(message=f"there is no AWS-managed policy {arn}, did you mean {policy.arn}?")


@cache
def _aws_managed() -> dict[str, Any]:
    return dict(json.loads(aws_managed_policies_data))
