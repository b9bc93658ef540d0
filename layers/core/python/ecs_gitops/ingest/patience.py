"""How long a reading of the source waits for look-ups that AWS does not answer."""

from __future__ import annotations

from typing import Final

from ecs_gitops.manifest.references import Lookup
from ecs_gitops.model.errors import RefusedError, RetryableError
from ecs_gitops.model.messages import Delivery

PATIENCE: Final = 4
"""So often a reading is put off for an answer. Then it goes on without: the services that wait for it keep
what they had, and are told why; a later reading asks again."""


def answering(lookup: Lookup, delivery: Delivery) -> Lookup:
    """The look-up as it is; or, where it was waited for long enough, one that answers for now or never."""
    if delivery.times < PATIENCE:
        return lookup

    def now_or_never(namespace: str, key: str) -> str:
        try:
            return lookup(namespace, key)
        except RetryableError as error:
            raise RefusedError(str(error)) from error

    return now_or_never
