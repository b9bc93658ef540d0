"""What Lambda keeps beside a function: who may invoke it, and how often a failed event is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import moto.awslambda.models as lambda_models
from moto.awslambda.models import EventInvokeConfig
from moto.core.common_models import CloudFormationModel


class SandboxPermission(CloudFormationModel):
    """One statement of a function's policy."""

    def __init__(self, name: str, function: Any) -> None:
        self.physical_resource_id = name
        self._function = function

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Lambda::Permission"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        stated = cloudformation_json["Properties"]
        function = lambda_models.lambda_backends[account_id][region_name].get_function(
            stated["FunctionName"]
        )
        function.policy.statements.append(_statement(resource_name, stated, function.function_arn))
        return cls(resource_name, function)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        original_resource.delete(account_id, region_name)
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    def delete(self, account_id: str, region_name: str) -> None:
        kept = [s for s in self._function.policy.statements if s["Sid"] != self.physical_resource_id]
        self._function.policy.statements = kept


class SandboxInvokeConfig(CloudFormationModel):
    """How a function's asynchronous invocations are retried."""

    def __init__(self, name: str, function: Any) -> None:
        self.physical_resource_id = name
        self._function = function

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Lambda::EventInvokeConfig"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        stated = cloudformation_json["Properties"]
        function = lambda_models.lambda_backends[account_id][region_name].get_function(
            stated["FunctionName"]
        )
        named = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
        config = {key: stated[key] for key in named if key in stated}
        function.event_invoke_config = [
            EventInvokeConfig(function.function_arn, function.last_modified, config)
        ]
        return cls(resource_name, function)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    def delete(self, account_id: str, region_name: str) -> None:
        self._function.event_invoke_config = []


def _statement(sid: str, stated: Mapping[str, Any], function_arn: str) -> dict[str, Any]:
    conditions = {}
    if "SourceArn" in stated:
        conditions["ArnLike"] = {"AWS:SourceArn": stated["SourceArn"]}
    if "SourceAccount" in stated:
        conditions["StringEquals"] = {"AWS:SourceAccount": stated["SourceAccount"]}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": stated["Principal"]},
        "Action": stated["Action"],
        "Resource": function_arn,
        **({"Condition": conditions} if conditions else {}),
    }
