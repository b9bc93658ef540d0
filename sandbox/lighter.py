"""What moto does slowly for every world and nobody looks at, done quickly."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import botocore.auth
import botocore.hooks
import botocore.useragent
import moto.core.responses
import moto.sqs.models
from moto.cloudformation.models import Stack
from moto.core.base_backend import BackendDict
from moto.core.serialize import AttributePickerContext, ResponseSerializer
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.ec2.models.amis import Ami, AmiBackend
from moto.moto_server.werkzeug_app import (
    BackendRequest,
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.utilities.utils import load_resource
from werkzeug.exceptions import HTTPException

from sandbox import lighter_table
from sandbox.wires.parts import Replacement


def replacements() -> tuple[Replacement, ...]:
    """What a world sets in moto."""
    return (
        Replacement(Stack, "parse_template", staticmethod(_template)),
        Replacement(AmiBackend, "_load_amis", _load_amis),
        Replacement(ResponseSerializer, "get_value", _get_value),
        Replacement(moto.core.responses, "method_names_from_class", cache(method_names_from_class)),
        Replacement(moto.core.responses, "parse_qsl", _parse_qsl),
        Replacement(moto.sqs.models, "camelcase_to_underscores", cache(camelcase_to_underscores)),
        Replacement(botocore.hooks.EventAliaser, "_alias_event_name", _alias_event_name),
        Replacement(botocore.auth.SigV4Auth, "canonical_request", _unread),
        Replacement(botocore.auth.SigV4Auth, "signature", _unread),
        Replacement(botocore.useragent, "sanitize_user_agent_string_component", cache(_sanitized)),
        Replacement(moto.core.responses, "gen_amzn_requestid_long", _request_id),
        Replacement(BackendDict, "_create_account_specific_backend", _create_backend),
        *lighter_table.replacements(),
    )


class Dispatcher(DomainDispatcherApplication):
    """moto's choice of a service by host, remembered; applications made once for all worlds.

    `own`: services whose operations are bound to this very world.
    """

    def __init__(self, own: frozenset[str]) -> None:
        super().__init__(lambda service: create_backend_app(service) if service in own else _made(service))
        self._known: dict[str | None, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """JSON requests go straight to their service; Flask would take as long as the service itself."""
        application = self.get_application(environ)
        if environ["PATH_INFO"] != "/" or "HTTP_X_AMZ_TARGET" not in environ:
            return application(environ, start_response)
        request = BackendRequest(environ)
        try:
            answer = _root(application)(request, request.raw_url, dict(request.headers))
        except HTTPException as error:
            return error.get_response(environ)(environ, start_response)
        status, headers, content = answer if len(answer) == 3 else (200, {}, answer)
        body = content.encode() if isinstance(content, str) else content
        stated = [(name, str(value)) for name, value in {"Content-Type": _JSON, **headers}.items()]
        start_response(f"{status} {HTTPStatus(int(status)).phrase}", stated)
        return [body]

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._known:
            self._known[host] = super().get_backend_for_host(host)
        return self._known[host]


_JSON = "application/x-amz-json-1.0"


@lru_cache(maxsize=64)
def _root(application: Any) -> Any:
    """What answers a service's JSON requests, behind what Flask wants to be given."""
    endpoint, _ = application.url_map.bind("").match("/", method="POST")
    return application.view_functions[endpoint].callback


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
    return [("", "")] if text.startswith("{") else parse_qsl(text, **options)


_slow_alias = botocore.hooks.EventAliaser._alias_event_name
_aliases: dict[str, str] = {}


def _alias_event_name(aliaser: Any, event_name: str) -> str:
    """The name of an event of botocore's: the same for all clients, who would each work it out again."""
    if aliaser._event_aliases != botocore.hooks.EVENT_ALIASES:
        return _slow_alias(aliaser, event_name)
    if event_name not in _aliases:
        _aliases[event_name] = _slow_alias(aliaser, event_name)
    return _aliases[event_name]


_sanitized = botocore.useragent.sanitize_user_agent_string_component


def _unread(*_: Any) -> str:
    """The door reads who signed a request and believes it: what it is signed with is never looked at."""
    return "0" * 64


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
