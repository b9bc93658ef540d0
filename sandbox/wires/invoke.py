"""Invoking a function under its role: at once, or later with retries and dead letters."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.moto_api._internal import mock_random
from moto.sts.models import sts_backends

from sandbox.wires.logs import Logs
from sandbox.wires.parts import Parts
from sandbox.wires.queues import Queues
from sandbox.wires.worker import described

ASYNC_RETRY_SECONDS = (60, 120)
CREDENTIAL_SECONDS = 12 * 3600
RESPONSE_WAIT_SECONDS = 960  # beyond the longest function, so that a lost answer cannot hang an API call


@dataclass(frozen=True)
class Function:
    """What is needed to run a function. `revision` changes with its code or configuration."""

    name: str
    arn: str
    revision: str
    handler: str
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    role: str
    timeout: int
    memory: int
    log_group: str


@dataclass(frozen=True)
class Request:
    """One invocation: its event as JSON text, and the moment (epoch seconds) it is made at.

    chain: its place among the functions that were invoked one through the other.
    """

    id: str
    event: str
    at: float
    chain: int = 1


@dataclass(frozen=True)
class Answer:
    """How an invocation ended: JSON text, what was logged, and `Unhandled` when it failed."""

    payload: str
    error: str = ""
    logs: str = ""


Done = Callable[[Answer], None]
Runner = Callable[[Function, Request, Done], None]


class Invoker:
    """Finds a function, has it run, writes down what happened."""

    def __init__(self, parts: Parts, queues: Queues, runner: Runner) -> None:
        self._parts = parts
        self._queues = queues
        self.runner = runner
        self._logs = Logs(parts)

    def find(self, name: str) -> Any:
        """The function of a name or ARN as moto holds it, or None."""
        try:
            return lambda_backends[self._parts.account][self._parts.region].get_function(name)
        except UnknownFunctionException:
            return None

    def start(self, name: str, event: str, done: Done, source: str = "api", chain: int = 1) -> None:
        """Run a function with an event; `done` is called in the world, now (inline) or later."""
        found = self.find(name)
        if found is None:
            done(
                Answer(
                    described("ResourceNotFoundException", f"Function not found: {name}", ""), "Unhandled"
                )
            )
            return
        function: Function = found.as_function()
        request = Request(str(mock_random.uuid4()), event, self._parts.now(), chain)
        detail = {"function": function.name, "request": request.id, "source": source, "chain": chain}
        self._parts.journal("lambda.started", {**detail, "event": event})

        def finished(answer: Answer) -> None:
            self._logs.write(function.log_group, function.role, request.id, answer.logs)
            self._parts.journal(
                "lambda.ended",
                {**detail, "error": answer.error, "payload": answer.payload, "logs": answer.logs},
            )
            done(answer)

        self.runner(function, request, finished)

    def wait(self, name: str, event: str) -> Answer:
        """Run a function and wait for its answer, giving up the world's lock meanwhile."""
        answers: list[Answer] = []
        condition = threading.Condition(self._parts.lock)

        def done(answer: Answer) -> None:
            with condition:
                answers.append(answer)
                condition.notify_all()

        with condition:
            self.start(name, event, done)
            if not condition.wait_for(lambda: bool(answers), RESPONSE_WAIT_SECONDS):
                raise TimeoutError(f"function {name} never answered")
        return answers[0]

    def later(self, name: str, event: str, source: str, attempt: int = 0) -> None:
        """Invoke asynchronously: up to two more tries, then the dead letters."""

        def done(answer: Answer) -> None:
            if answer.error:
                self._failed(name, event, source, attempt, answer)

        self.start(name, event, done, source)

    def _failed(self, name: str, event: str, source: str, attempt: int, answer: Answer) -> None:
        found = self.find(name)
        if found is None:
            return
        config = found.event_invoke_config[0].config if found.event_invoke_config else {}
        if attempt < config.get("MaximumRetryAttempts", len(ASYNC_RETRY_SECONDS)):
            wait = ASYNC_RETRY_SECONDS[attempt]
            self._parts.timeline.after(
                wait, lambda: self.later(name, event, source, attempt + 1), f"retry of function {name}"
            )
            return
        self._parts.journal("lambda.given_up", {"function": found.function_name, "event": event})
        self._bury(found, event, config, answer)

    def _bury(self, found: Any, event: str, config: Mapping[str, Any], answer: Answer) -> None:
        error = json.loads(answer.payload)
        if found.dead_letter_arn:
            attributes = {"ErrorCode": "200", "ErrorMessage": error.get("errorMessage", "")[:1024]}
            self._send(found, found.dead_letter_arn, event, attributes)
        destination = (config.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
        if destination:
            record = {
                "version": "1.0",
                "requestContext": {
                    "functionArn": f"{found.function_arn}:$LATEST",
                    "condition": "RetriesExhausted",
                },
                "requestPayload": json.loads(event),
                "responseContext": {"statusCode": 200, "functionError": answer.error},
                "responsePayload": error,
            }
            self._send(found, destination, json.dumps(record), {})

    def _send(self, found: Any, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        queue = self._queues.find(arn)
        if queue is None or not self._parts.lets(found.role, "sqs:SendMessage", arn):
            self._parts.journal("lambda.dead_letter_lost", {"destination": arn, "body": body})
            return
        stated = {k: {"StringValue": v, "DataType": "String"} for k, v in attributes.items() if v}
        self._queues.backend().send_message(queue.name, body, message_attributes=stated)


def credentials(parts: Parts, function: Function) -> dict[str, str]:
    """Temporary credentials of a function's role, as the environment variables Lambda sets."""
    session = sts_backends[parts.account]["aws"].assume_role(
        region_name=parts.region,
        role_session_name=function.name,
        role_arn=function.role,
        policy="",
        duration=CREDENTIAL_SECONDS,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }


def environment(parts: Parts, function: Function) -> dict[str, str]:
    """All that a function sees: its own variables, Lambda's, its role's; nothing of ours."""
    variables = {
        **function.environment,
        **credentials(parts, function),
        "AWS_REGION": parts.region,
        "AWS_DEFAULT_REGION": parts.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EC2_METADATA_DISABLED": "true",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(function.code),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }
    if parts.endpoint:
        variables["AWS_ENDPOINT_URL"] = parts.endpoint
    return variables
