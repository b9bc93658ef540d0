"""The records of a queue as our messages; what is none of ours is told, and handed back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ecs_gitops.events.triggers import SqsRecord
from ecs_gitops.model.errors import UnreadableError

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_Message = TypeVar("_Message")


def readable(
    records: Sequence[SqsRecord], read: Callable[[SqsRecord], _Message], logger: Logger
) -> tuple[list[_Message], list[SqsRecord]]:
    """The messages, and the records that are none of ours: told the first time that they come."""
    found: list[_Message] = []
    strange: list[SqsRecord] = []
    for record in records:
        try:
            found.append(read(record))
        except UnreadableError as error:
            strange.append(record)
            if record["attributes"].get("ApproximateReceiveCount", "1") == "1":
                logger.error(f"{error}. It goes to the dead letters: look there who sent it.")
    return found, strange
