"""What moto does slowly for every world and nobody looks at, done quickly."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import moto.core.responses
from moto.cloudformation.models import Stack
from moto.core.serialize import AttributePickerContext, ResponseSerializer
from moto.core.utils import method_names_from_class
from moto.ec2.models.amis import Ami, AmiBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.utilities.utils import load_resource

from sandbox.wires.parts import Replacement


def replacements() -> tuple[Replacement, ...]:
    """What a world sets in moto."""
    return (
        Replacement(Stack, "parse_template", staticmethod(_template)),
        Replacement(AmiBackend, "_load_amis", _load_amis),
        Replacement(ResponseSerializer, "get_value", _get_value),
        Replacement(moto.core.responses, "method_names_from_class", cache(method_names_from_class)),
    )


class Dispatcher(DomainDispatcherApplication):
    """moto's choice of a service by host, remembered; applications made once for all worlds.

    `own`: services whose operations are bound to this very world.
    """

    def __init__(self, own: frozenset[str]) -> None:
        super().__init__(lambda service: create_backend_app(service) if service in own else _made(service))
        self._known: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._known:
            self._known[host] = super().get_backend_for_host(host)
        return self._known[host]


@cache
def _made(service: Any) -> Any:
    return create_backend_app(service)


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
    if type(value) is not dict or getattr(picker, "response_transformers", True):
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
