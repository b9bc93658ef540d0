"""DynamoDB's operations → the calls IAM judges: tables and indexes, each action of a transaction. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.front.iam import Call
from sandbox.front.known import Known
from sandbox.front.protocols import Operation

_EQUALS = re.compile(r"(#?[\w.]+)\s*=\s*(:\w+)")
_ON_EVERYTHING = frozenset({"ListTables", "DescribeLimits", "ListBackups", "ListGlobalTables"})
_TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


def calls(operation: Operation, known: Known) -> tuple[Call, ...]:
    """One call per table; transactions are authorised through the actions of their items."""
    if operation.name in ("TransactWriteItems", "TransactGetItems"):
        return tuple(_transacted(operation, known)) or (Call(f"dynamodb:{operation.name}"),)
    if operation.name in ("BatchGetItem", "BatchWriteItem"):
        return tuple(_batched(operation, known)) or (Call(f"dynamodb:{operation.name}"),)
    if operation.name in _ON_EVERYTHING:
        return (Call(f"dynamodb:{operation.name}"),)
    return (_item_call(operation, known, operation.name, operation.parameters),)


def _item_call(operation: Operation, known: Known, action: str, request: Mapping[str, Any]) -> Call:
    table = str(request.get("TableName") or operation.text("ResourceArn"))
    resource = operation.arn("table/", table)
    if request.get("IndexName"):
        resource += f"/index/{request['IndexName']}"
    values = _leading_keys(request, known.hash_key(table.rpartition("/")[2]))
    context = {"dynamodb:leadingkeys": values} if values else {}
    return Call(f"dynamodb:{action}", (resource,), context)


def _transacted(operation: Operation, known: Known) -> Iterable[Call]:
    for item in operation.parameters.get("TransactItems") or ():
        for kind, request in item.items():
            action = "GetItem" if kind == "Get" else _TRANSACTED.get(kind, "ConditionCheckItem")
            yield _item_call(operation, known, action, request)


def _batched(operation: Operation, known: Known) -> Iterable[Call]:
    for table, requests in (operation.parameters.get("RequestItems") or {}).items():
        hash_key = known.hash_key(table.rpartition("/")[2])
        found = [key for one in _batch_items(requests) for key in _leading_keys(one, hash_key)]
        context = {"dynamodb:leadingkeys": tuple(dict.fromkeys(found))} if found else {}
        yield Call(f"dynamodb:{operation.name}", (operation.arn("table/", table),), context)


def _batch_items(requests: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(requests, dict):
        return [{"Key": key} for key in requests.get("Keys") or ()]
    return [inner for one in requests for inner in one.values()]


def _leading_keys(request: Mapping[str, Any], hash_key: str) -> tuple[str, ...]:
    """The partition key's values, where the request states them plainly."""
    item = request.get("Key") or request.get("Item") or {}
    if hash_key in item:
        return (_plain(item[hash_key]),)
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    for name, value in _EQUALS.findall(request.get("KeyConditionExpression") or ""):
        if hash_key and names.get(name, name) == hash_key and value in values:
            return (_plain(values[value]),)
    return ()


def _plain(attribute: Mapping[str, Any]) -> str:
    return str(next(iter(attribute.values()), ""))
