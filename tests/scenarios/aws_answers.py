"""What AWS answers instead of doing what a function asks, for as long as it is told to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sandbox.front.denied import refuse
from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request
from tests.scenarios.stage import Stage

Asked = list[tuple[float, str]]
"""The moments of requests, and the roles that sent them."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error, by its code, its words and the status of HTTP."""

    code: str
    message: str
    status: int = 400


RATE = Refusal("ThrottlingException", "Rate exceeded.")
SERVER = Refusal("ServerException", "The service could not do it for now.", 500)
QUOTA = Refusal("LimitExceededException", "The limit for the resource was exceeded.")


def answering(stage: Stage, refusal: Refusal, *actions: str, times: int | None = None) -> Asked:
    """Refuse these actions to the controller's roles, so many times or for good; when it did, and to whom.

    `ecs:*` stands for every action of ECS.
    """
    asked: Asked = []

    def instead(principal: Principal, action: str, request: Request) -> Answer | None:
        named = any(fnmatchcase(action, each) for each in actions)
        if principal.kind != "role" or not named or (times is not None and len(asked) >= times):
            return None
        asked.append((stage.now(), principal.name))
        answer = refuse(request, action.partition(":")[0], refusal.code, refusal.message)
        return replace(answer, status=refusal.status)

    stage.world.faults.instead = instead
    return asked


def answering_again(stage: Stage) -> None:
    """From now on AWS does what it is asked."""
    stage.world.faults.instead = lambda _principal, _action, _request: None


def dead_letters(stage: Stage) -> int:
    """How many messages were given up, on all queues of the stack."""
    sqs, found = stage.world.client("sqs"), 0
    for name in ("SourcesDeadLetters", "ServicesDeadLetters", "TimerDeadLetters"):
        url = stage.resource(name)
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        found += int(told["Attributes"]["ApproximateNumberOfMessages"])
    return found
