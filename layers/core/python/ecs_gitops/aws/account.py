"""A person's way in: their botocore session, the account it reaches, and the install they name."""

from __future__ import annotations

import os
from typing import Any

import botocore.session
from botocore.exceptions import ClientError, ProfileNotFound

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.errors import TerminalError
from ecs_gitops.model.names import Install
from ecs_gitops.model.settings import Settings

Outputs = dict[str, str]


def session(region: str | None, profile: str | None) -> Any:
    """A botocore session of the person at the keyboard. Raises TerminalError without a Region.

    AWS_REGION counts as it does for AWS's other tools; botocore alone reads AWS_DEFAULT_REGION only.
    """
    found = botocore.session.Session(profile=profile)
    region = region or os.environ.get("AWS_REGION")
    if region:
        found.set_config_variable("region", region)
    try:
        chosen = found.get_config_variable("region")
    except ProfileNotFound as error:
        raise TerminalError(f"cannot reach AWS: {error}") from error
    if not chosen:
        raise TerminalError("cannot reach AWS: no Region; set AWS_REGION or give --region")
    return found


def settings_of(session: Any, stack: str) -> Settings | None:
    """The settings of the install that a stack made, from its outputs; None when there is no such stack."""
    region = session.get_config_variable("region")
    with translate(f"cannot read stack {stack}"):
        try:
            client = session.create_client("cloudformation", region_name=region)
            described = client.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    return _settings(described["StackId"], outputs, stack)


def no_install(session: Any) -> Settings:
    """Settings under which AWS can be read and nothing is anybody's."""
    region = session.get_config_variable("region")
    with translate("cannot find out whose AWS account this is"):
        arn = session.create_client("sts", region_name=region).get_caller_identity()["Arn"]
    return _at(arn.split(":")[1], arn.split(":")[4], region, {})


def _settings(stack_id: str, outputs: Outputs, stack: str) -> Settings:
    missing = {"InstallId", "TableName", "ServicesQueueUrl"} - outputs.keys()
    if missing:
        raise TerminalError(
            f"cannot use stack {stack}: it is no ecs-gitops, it lacks {', '.join(sorted(missing))}"
        )
    _, partition, _, region, account, _ = stack_id.split(":", 5)
    return _at(partition, account, region, outputs)


def _at(partition: str, account: str, region: str, outputs: Outputs) -> Settings:
    return Settings(
        install=Install(outputs.get("InstallId", ""), account, region, partition),
        table=outputs.get("TableName", ""),
        sources_queue_url=outputs.get("SourcesQueueUrl", ""),
        services_queue_url=outputs.get("ServicesQueueUrl", ""),
        source_id="main",
        source_url=outputs.get("SourceUrl", ""),
        source_branch=outputs.get("SourceBranch", "main"),
        source_credential="none",
        config_path=outputs.get("ConfigPath", "desired_state").strip("/"),
        clusters=tuple(glob for glob in outputs.get("ClusterNames", "*").split(",") if glob),
        observe=outputs.get("Mode", "observe") == "observe",
        full_sweep_interval=600,
    )
