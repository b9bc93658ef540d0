"""The messages of one source → one reading of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecs_gitops.events.triggers import SqsRecord, delivery, look_at
from ecs_gitops.ingest.branch_head import ingest
from ecs_gitops.ingest.patience import answering
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.runtime.messages import readable

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


def look_at_source(controller: Controller, logger: Logger, messages: list[SqsRecord]) -> list[SqsRecord]:
    """Read the branch head once for all messages; the newest one names the cause.

    Returns what is none of our messages. Raises SourceError when a person must act, RetryableError when
    trying again may help.
    """
    looks, strange = readable(messages, look_at, logger)
    if not looks:
        return strange
    causes = [look.cause for look in looks]
    found = ingest(
        causes[-1],
        pushed=tuple(dict.fromkeys(cause.commit for cause in causes if cause.commit)),
        remote=controller.remote,
        records=controller.table,
        queue=controller.services,
        lookup=answering(controller.lookup, delivery(messages)),
        settings=controller.settings,
        now=controller.clock(),
        beside=controller.beside,
        hops=max(look.hops for look in looks) + 1,
    )
    logger.info(
        "source read",
        extra={
            "commit": found.commit,
            "changed": [str(key) for key in found.changed],
            "woken": [str(key) for key in found.woken],
            "faults": [str(fault) for faults in found.faults.values() for fault in faults],
        },
    )
    return strange
