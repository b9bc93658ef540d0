"""What ECS refuses, each rule with an id, its source and the exact error: the whole list. Pure."""

from __future__ import annotations

from sandbox.services.ecs.refusals.capacity import CAPACITY_REFUSALS
from sandbox.services.ecs.refusals.container import CONTAINER_REFUSALS
from sandbox.services.ecs.refusals.features import FEATURE_REFUSALS
from sandbox.services.ecs.refusals.refusal import Asked, Refusal, Refused
from sandbox.services.ecs.refusals.requests import REQUEST_REFUSALS
from sandbox.services.ecs.refusals.service import SERVICE_REFUSALS
from sandbox.services.ecs.refusals.task import TASK_REFUSALS
from sandbox.services.ecs.refusals.traffic import TRAFFIC_REFUSALS

REFUSALS: tuple[Refusal, ...] = (
    *REQUEST_REFUSALS,
    *TASK_REFUSALS,
    *CONTAINER_REFUSALS,
    *SERVICE_REFUSALS,
    *CAPACITY_REFUSALS,
    *TRAFFIC_REFUSALS,
    *FEATURE_REFUSALS,
)
"""The rules in the order in which they are asked; the first of an operation that objects decides."""


def refuse(operation: str, asked: Asked, rules: tuple[Refusal, ...] = REFUSALS) -> None:
    """Raise Refused if a rule of this operation objects."""
    for rule in rules:
        if rule.check is None or operation not in rule.operations:
            continue
        message = rule.check(asked)
        if message is not None:
            raise Refused(rule.code, message)


def refused(rule_id: str, **words: object) -> Refused:
    """The error of a rule that only a look-up can tell, to be raised; StopIteration for an unknown id."""
    rule = next(rule for rule in REFUSALS if rule.id == rule_id)
    return Refused(rule.code, rule.says.format(**words))
