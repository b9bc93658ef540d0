"""Lambda's resources: functions whose code is a folder of this machine, layers, mappings, permissions."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import moto.awslambda.models as lambda_models
import moto.awslambda.urls as lambda_urls
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import (
    EventSourceMapping,
    LambdaBackend,
    LambdaFunction,
    LayerVersion,
)

from sandbox.wires.install import Wires
from sandbox.wires.invoke import Function
from sandbox.wires.parts import Replacement

LOCAL_BUCKET = "sandbox"
CONFIGURED = (
    "Description",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "Environment",
    "Layers",
    "Architectures",
    "Tags",
)


def local_path(code: Mapping[str, Any]) -> Path:
    """The folder behind a code location that `expand` wrote. Raises ValueError for any other."""
    if code.get("S3Bucket") != LOCAL_BUCKET:
        raise ValueError(f"the sandbox runs code from local folders only, not from {dict(code)}")
    return Path("/" + code["S3Key"])


class SandboxFunction(LambdaFunction):
    """A function that the world's invoker runs."""

    wires: ClassVar[Wires]

    def __init__(self, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        self.dead_letter_arn = (spec.get("DeadLetterConfig") or {}).get("TargetArn", "")
        self.logging = spec.get("LoggingConfig") or {}
        super().__init__(account_id, spec, region, version)

    def as_function(self) -> Function:
        """What a runner needs to know of it."""
        layers = lambda_models.lambda_backends[self.account_id][self.region]
        known = (layers.layers_versions_by_arn(layer["Arn"]) for layer in self.layers)
        paths = tuple(local_path(layer.content) for layer in known if layer)
        return Function(
            name=self.function_name,
            arn=self.function_arn,
            revision=self.revision(),
            handler=self.handler,
            code=local_path(self.code),
            layers=paths,
            environment={key: str(value) for key, value in self.environment_vars.items()},
            role=self.role,
            timeout=int(self.timeout),
            memory=int(self.memory_size),
            log_group=self.logging.get("LogGroup", f"/aws/lambda/{self.function_name}"),
        )

    def revision(self) -> str:
        """Changes with code location, layers and configuration."""
        code = [self.code.get("S3Key"), self.code.get("S3ObjectVersion")]
        stated = [*code, self.handler, self.role, self.timeout, self.memory_size]
        text = json.dumps([*stated, self.environment_vars, self.layers], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def resource_policy(self) -> dict[str, Any]:
        """Who may invoke it, as a policy document."""
        return {"Statement": self.policy.statements}

    def invoke(self, body: Any, request_headers: Any, response_headers: Any) -> str | bytes:
        event = body.decode() if isinstance(body, bytes) else body or "{}"
        kind = request_headers.get("X-Amz-Invocation-Type", "RequestResponse")
        invoker = type(self).wires.invoker
        if kind == "DryRun":
            return ""
        if kind == "Event":
            parts = type(self).wires.parts
            parts.timeline.after(
                0, lambda: invoker.later(self.function_arn, event, "api"), "async invocation"
            )
            return ""
        answer = invoker.wait(self.function_arn, event)
        if answer.error:
            response_headers["x-amz-function-error"] = answer.error
        response_headers["x-amz-log-result"] = base64.b64encode(answer.logs[-4096:].encode()).decode()
        return answer.payload.encode()

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        if "DeadLetterConfig" in config_updates:
            self.dead_letter_arn = config_updates["DeadLetterConfig"].get("TargetArn", "")
        return super().update_configuration(config_updates)

    def _set_function_code(self, updated_spec: dict[str, Any]) -> None:
        path = local_path(updated_spec)
        if not path.is_dir():
            raise InvalidParameterValueException(f"The function's folder {path} does not exist.")
        self.code = dict(updated_spec)
        self.code_bytes, self.code_size = b"", 0
        self.code_sha_256 = hashlib.sha256(str(path).encode()).hexdigest()

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        spec = dict(cloudformation_json["Properties"])
        spec["FunctionName"] = resource_name[:64]
        spec["Tags"] = {tag["Key"]: tag["Value"] for tag in spec.get("Tags", [])}
        return lambda_models.lambda_backends[account_id][region_name].create_function(spec)

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
        updates = {key: stated[key] for key in CONFIGURED if key in stated}
        updates.setdefault("Environment", {"Variables": {}})
        updates["DeadLetterConfig"] = stated.get("DeadLetterConfig", {})
        original_resource.update_configuration(updates)
        original_resource.update_function_code(stated["Code"])
        return original_resource


class SandboxLayer(LayerVersion):
    """A layer whose content is a folder of this machine."""

    @property
    def physical_resource_id(self) -> str:
        return str(self.arn)

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        stated = cloudformation_json["Properties"]
        backend = lambda_models.lambda_backends[account_id][region_name]
        return backend.publish_layer_version(
            {**stated, "LayerName": stated.get("LayerName", resource_name)}
        )

    def __init__(self, spec: dict[str, Any], account_id: str, region: str) -> None:
        path = local_path(spec["Content"])
        if not path.is_dir():
            raise InvalidParameterValueException(f"The layer's folder {path} does not exist.")
        super().__init__(
            {**spec, "Content": {"ZipFile": base64.b64encode(b"").decode()}}, account_id, region
        )
        self.content = spec["Content"]

    def delete(self, account_id: str, region_name: str) -> None:
        backend = lambda_models.lambda_backends[account_id][region_name]
        backend.delete_layer_version(self.name, str(self.version))


class SandboxLambda(LambdaBackend):
    """Lambda whose mappings take from queues by AWS's rules."""

    _url_module = lambda_urls
    wires: ClassVar[Wires]

    def create_event_source_mapping(self, spec: dict[str, Any]) -> EventSourceMapping:
        self._check(spec)
        mapping = super().create_event_source_mapping(spec)
        type(self).wires.mappings.look(mapping.event_source_arn)
        return mapping

    def update_event_source_mapping(self, uuid: str, spec: dict[str, Any]) -> EventSourceMapping | None:
        mapping = super().update_event_source_mapping(uuid, spec)
        if mapping:
            type(self).wires.mappings.look(mapping.event_source_arn)
        return mapping

    def _check(self, spec: dict[str, Any]) -> None:
        wires, function = type(self).wires, self.get_function(spec["FunctionName"])
        queue = wires.queues.find(spec["EventSourceArn"])
        if queue is None:
            return
        if queue.visibility_timeout < function.timeout:
            raise InvalidParameterValueException(
                f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
                f"Function timeout: {function.timeout} seconds"
            )
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            if not wires.parts.may(function.role, f"sqs:{action}", queue.queue_arn):
                raise InvalidParameterValueException(
                    f"The provided execution role does not have permissions to call {action} on SQS"
                )


def replacements(wires: Wires) -> tuple[Replacement, ...]:
    """What a world sets in moto so that its functions run."""
    hooks = {"wires": wires}
    return (
        Replacement(lambda_models, "LambdaFunction", type("WorldFunction", (SandboxFunction,), hooks)),
        Replacement(lambda_models, "LayerVersion", SandboxLayer),
        Replacement(lambda_models.lambda_backends, "backend", type("WorldLambda", (SandboxLambda,), hooks)),
    )
