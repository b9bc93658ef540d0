"""What is remembered of a source, and of the API budget: items that belong to no service."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ecs_gitops.aws.dynamodb_requests import Requests
from ecs_gitops.model.errors import RefusedError
from ecs_gitops.store import records
from ecs_gitops.store.heads import FORGET_UNREAD, Source, Trouble, damaged, source_from, unread_values
from ecs_gitops.store.records import Item
from ecs_gitops.store.stored import moments_from, sequence_from, sound_budget

_LOG = logging.getLogger(__name__)
_SEQUENCE: Final = {"ExpressionAttributeNames": {"#sequence": "sequence"}}


class Sources(Requests):
    """Heads, the order of reads, and the token buckets."""

    # --- a source ------------------------------------------------------------------------------

    def source(self, source: str) -> Source:
        """What is remembered of a source."""
        place = records.source_address(self._install, source)
        item = self._get(place, f"cannot read what is known of source {source}")
        if wrong := damaged(item):
            _LOG.error(f"cannot read {wrong} of source {source}: it counts as unknown, and is written anew")
        return source_from(item)

    def head(self, source: str) -> tuple[str | None, int]:
        """The commit taken in whole last (None at first) and the sequence of the newest read."""
        found = self.source(source)
        return found.head, found.sequence

    def begin_read(self, source: str) -> Source:
        """Take the next sequence number; what is known of the source comes with it, in one request.

        A number that is damaged is begun again behind the newest that a desired record holds.
        """
        try:
            return self._update_source(
                source, "ADD #sequence :one", {":one": {"N": "1"}}, names=("sequence",)
            )
        except RefusedError as error:
            if error.code != "ValidationException":
                raise
            _LOG.error(f"{error}: its sequence is no number, and is begun again")
        sequences = self._query(**self._fleet(), ProjectionExpression="#sequence", **_SEQUENCE)
        newest = max((sequence_from(item) for item in sequences), default=0)
        next_one = {":next": {"N": str(newest + 1)}}
        return self._update_source(source, "SET #sequence = :next", next_one, names=("sequence",))

    def put_head(self, source: str, commit: str, sequence: int, *, looks_up: bool = True) -> None:
        """A reading that succeeded. Raises ConflictError when a later one has stored its head already."""
        said = "SET head = :head, head_sequence = :sequence, #schema = :schema, looks_up = :looks_up"
        self._update_source(
            source,
            said + FORGET_UNREAD,
            {
                ":looks_up": {"BOOL": looks_up},
                ":head": {"S": commit},
                ":sequence": {"N": str(sequence)},
                ":schema": {"N": str(records.SCHEMA)},
                ":number": {"S": "N"},
            },
            names=("schema",),
            condition="attribute_not_exists(head_sequence) OR head_sequence <= :sequence "
            "OR NOT attribute_type(head_sequence, :number)",
        )

    def note(self, source: str, now: float, **said: str) -> None:
        """One thing about a source, and since when: `seen`, `unreadable`, `late`, `notice` or `told`."""
        ((name, text),) = said.items()
        values = {":text": {"S": text}, ":now": {"N": f"{now:.3f}"}}
        self._update_source(source, f"SET {name} = :text, {name}_at = :now", values)

    def put_unread(self, source: str, trouble: Trouble, sequence: int) -> None:
        """A reading failed. Raises ConflictError when a later one has succeeded already."""
        update, values, condition = unread_values(trouble, sequence)
        self._update_source(source, update, values, condition=condition)

    def put_swept(self, source: str, now: float) -> None:
        """Everything was looked at."""
        self._update_source(source, "SET swept_at = :now", {":now": {"N": f"{now:.3f}"}})

    # --- the budget ----------------------------------------------------------------------------

    def take(self, update: Mapping[str, Any]) -> tuple[bool, dict[str, float]]:
        """Change the buckets if they are as the update expects: whether they were, and how they are now."""
        address = records.budget_address(self._install)
        asked = {"Key": address, "ReturnValues": "ALL_NEW", **update}
        asked["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        done, found = self._update_if("cannot take from the API budget", **asked)
        if done:
            return True, moments_from(found)
        if sound := sound_budget(found):
            _LOG.error("what is remembered of the API budget was damaged; it is begun again")
            self._put(sound, "cannot begin the API budget again")
        return False, moments_from(sound or found)

    def _update_source(
        self,
        source: str,
        expression: str,
        values: Item,
        names: Sequence[str] = (),
        condition: str = "",
    ) -> Source:
        request: dict[str, Any] = {
            "Key": records.source_address(self._install, source),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_NEW",
        }
        if names:
            request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
        if condition:
            request["ConditionExpression"] = condition
        return source_from(self._update(f"cannot record what is known of source {source}", **request))
