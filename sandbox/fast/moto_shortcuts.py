"""What moto does slowly for every world and nobody looks at, done quickly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl

import moto.core.responses
import moto.sqs.models
from moto.cloudformation.models import Stack
from moto.core.base_backend import BackendDict
from moto.core.serialize import AttributePickerContext, ResponseSerializer
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.ec2.models.amis import Ami, AmiBackend
from moto.events.models import EventPattern
from moto.utilities.utils import load_resource

from sandbox.fast import botocore_shortcuts, direct, table
from sandbox.wires.parts import Replacement


def replacements(*, inline: bool) -> tuple[Replacement, ...]:
    """What a world sets in moto; an inline one in botocore, too."""
    clients = botocore_shortcuts.replacements() if inline else ()
    return (
        *clients,
        *direct.replacements(),
        Replacement(Stack, "parse_template", staticmethod(_template)),
        Replacement(AmiBackend, "_load_amis", _load_amis),
        Replacement(ResponseSerializer, "get_value", _get_value),
        Replacement(moto.core.responses, "method_names_from_class", cache(method_names_from_class)),
        Replacement(moto.core.responses, "parse_qsl", _parse_qsl),
        Replacement(moto.sqs.models, "camelcase_to_underscores", cache(camelcase_to_underscores)),
        Replacement(moto.core.responses, "gen_amzn_requestid_long", _request_id),
        Replacement(BackendDict, "_create_account_specific_backend", _create_backend),
        Replacement(EventPattern, "matches_event", _matches_event),
        Replacement(
            UpdateExpressionParser, "make", staticmethod(lru_cache(256)(UpdateExpressionParser.make))
        ),
        *table.replacements(),
    )


_slow_template = Stack.parse_template


def _template(text: str) -> Any:
    # Our own templates are JSON, which moto reads as YAML, a hundred times as slowly.
    return json.loads(text) if text.startswith("{") else _slow_template(text)


def _load_amis(backend: Any) -> None:
    """The images made for ECS alone: moto makes some 600 with a snapshot each, 0.1 s a world."""
    for stated in load_resource(f"ec2/resources/ecs/optimized_amis/{backend.region_name}.json"):
        if "al2023" in stated["name"]:
            backend.amis[stated["ami_id"]] = Ami(backend, **{**stated, "owner_alias": "amazon"})


_slow_value = ResponseSerializer.get_value


def _get_value(serializer: Any, value: Any, key: str, shape: Any) -> Any:
    """A member of an answer; the names it may have in a plain dict are worked out once per shape."""
    picker = serializer._value_picker
    transformed = getattr(picker, "response_transformers", None)
    if type(value) is not dict or transformed is None:
        return _slow_value(serializer, value, key, shape)
    if transformed and any(path.endswith(key) for path in transformed):
        return _slow_value(serializer, value, key, shape)
    known = shape.__dict__.setdefault("_sandbox_names", {})
    names = known.get(key)
    if names is None:
        context = AttributePickerContext(
            obj={}, key=key, shape=shape, operation_model=None, service_model=None, key_path=""
        )
        names = known[key] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
    for name in names:
        if name in value:
            return value[name]
    return None


def _parse_qsl(text: str, **options: Any) -> list[tuple[str, str]]:
    """moto reads every body as a form first; JSON never is one."""
    return [("", "")] if text.startswith("{") else list(_pairs(text, **options))


_pairs = lru_cache(maxsize=4)(parse_qsl)


_slow_backend = BackendDict._create_account_specific_backend


def _create_backend(backends: Any, account_id: str) -> None:
    """moto looks at each use of a service whether it must be made, and all others with it."""
    if backends.service_name == "s3" or not dict.__contains__(backends, account_id):
        _slow_backend(backends, account_id)


def _request_id(headers: dict[str, Any] | None = None) -> str:
    """moto draws 52 letters for each answer; nobody reads them."""
    drawn = "0" * 52
    if headers is not None:
        headers["x-amzn-requestid"] = drawn
    return drawn


_slow_match = EventPattern.matches_event


def _matches_event(pattern: Any, event: Mapping[str, Any]) -> bool:
    """moto takes an event apart for every rule; most rules are for another source or kind."""
    for name in ("source", "detail-type"):
        stated = (pattern.get_pattern() or {}).get(name)
        texts = stated if isinstance(stated, list) else []
        if texts and all(type(one) is str for one in texts) and event.get(name) not in texts:
            return False
    return _slow_match(pattern, event)
