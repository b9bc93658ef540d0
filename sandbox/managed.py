"""The AWS-managed policies that people attach to ECS's and Lambda's roles, as AWS wrote them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import moto.iam.urls
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

NAMES = (
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonEC2ContainerServiceRole",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonSSMManagedInstanceCore",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "CloudWatchAgentServerPolicy",
    "ReadOnlyAccess",
)
"""All 1,582 cost every world a tenth of a second; attaching any other is refused, not forgotten."""


class SandboxIam(IAMBackend):
    """moto's IAM with a handful of AWS's policies."""

    _url_module = moto.iam.urls

    def _init_aws_policies(self) -> list[Any]:
        return [
            AWSManagedPolicy.from_data(name, self.account_id, self.region_name, data)
            for name, data in _stated().items()
        ]


@cache
def _stated() -> dict[str, Any]:
    known = json.loads(aws_managed_policies_data)
    return {name: known[name] for name in NAMES}
