"""What only the world can tell about the names in a request, as look-ups, so that the tables stay pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskDefinitionFacts:
    """A task definition revision and the roles that using it passes to ECS."""

    arn: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Look-ups in one account and Region. The defaults know nothing: a world without any resource."""

    task_definition: Callable[[str], TaskDefinitionFacts | None] = lambda _: None
    """By ARN, family or family:revision."""
    tags: Callable[[str], Mapping[str, str]] = lambda _: {}
    """Tags of the resource with this ARN."""
    hash_key: Callable[[str], str] = lambda _: ""
    """The partition key's attribute of a DynamoDB table, by the table's name."""
    secret: Callable[[str], str] = lambda _: ""
    """The whole ARN of a secret, by name or ARN."""
