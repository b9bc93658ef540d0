"""Requests to DynamoDB that every kind of item needs: put, read in batches, turn pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.names import Install
from ecs_gitops.store import records
from ecs_gitops.store.records import Item

PAGE = 100
"""Keys that BatchGetItem takes; also the items of one TransactWriteItems."""


class Requests:
    """One table of one install."""

    def __init__(self, client: Any, name: str, install: Install) -> None:
        self._client = client
        self._name = name
        self._install = install

    def _put(self, item: Item, what: str, **condition: Any) -> None:
        with translate(what):
            self._client.put_item(TableName=self._name, Item=item, **condition)

    def _put_together(self, puts: Iterable[Mapping[str, Any]], what: str) -> None:
        """All or nothing; each with its condition, if it has one."""
        items = [{"Put": {"TableName": self._name, **put}} for put in puts]
        with translate(what):
            self._client.transact_write_items(TransactItems=items)

    def _update(self, what: str, **request: Any) -> Item:
        """The item's attributes, where the request asks for them."""
        with translate(what):
            answer = self._client.update_item(TableName=self._name, **request)
        found: Item = answer.get("Attributes", {})
        return found

    def _update_if(self, what: str, **request: Any) -> tuple[bool, Item]:
        """Whether the request's condition held, and the item as it is now."""
        with translate(what):
            try:
                return True, self._client.update_item(TableName=self._name, **request)["Attributes"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                return False, error.response.get("Item", {})

    def _get(self, place: Item, what: str) -> Item:
        """One item, by a consistent read; empty when there is none."""
        with translate(what):
            answer = self._client.get_item(TableName=self._name, Key=place, ConsistentRead=True)
        found: Item = answer.get("Item", {})
        return found

    def _page(self, what: str, **request: Any) -> list[Item]:
        """The first page of a query."""
        with translate(what):
            answer = self._client.query(TableName=self._name, **request)
        found: list[Item] = answer["Items"]
        return found

    def _batch_get(self, addresses: list[Item]) -> Iterator[Item]:
        for start in range(0, len(addresses), PAGE):
            keys = addresses[start : start + PAGE]
            asked = {self._name: {"Keys": keys, "ConsistentRead": True}}
            while asked:
                with translate("cannot read records"):
                    answer = self._client.batch_get_item(RequestItems=asked)
                yield from answer["Responses"].get(self._name, [])
                asked = answer.get("UnprocessedKeys") or {}

    def _query(self, **request: Any) -> Iterator[Item]:
        start: dict[str, Any] = {}
        while True:
            with translate("cannot read records"):
                answer = self._client.query(TableName=self._name, **request, **start)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _fleet(self) -> dict[str, Any]:
        return {
            "IndexName": "fleet",
            "KeyConditionExpression": "fleet = :fleet",
            "ExpressionAttributeValues": {":fleet": {"S": records.fleet(self._install)}},
        }
