"""Creates or updates a stack from a template's file, as `sam deploy` would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from sandbox.stack.expand import expand


def deploy(
    client: Any,
    template_path: Path,
    stack_name: str,
    parameters: Mapping[str, str],
    *,
    account: str,
    region: str,
) -> dict[str, str]:
    """The stack's outputs. `client` is a CloudFormation client; raises StackError or ClientError."""
    body = expand(
        template_path.read_text("utf-8"),
        parameters,
        account=account,
        region=region,
        folder=template_path.parent,
    )
    request = {
        "StackName": stack_name,
        "TemplateBody": json.dumps(body),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    operation = client.update_stack if _exists(client, stack_name) else client.create_stack
    operation(**request)
    (stack,) = client.describe_stacks(StackName=stack_name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _exists(client: Any, stack_name: str) -> bool:
    try:
        client.describe_stacks(StackName=stack_name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return False
        raise
    return True
