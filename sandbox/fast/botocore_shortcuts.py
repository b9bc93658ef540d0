"""What botocore does slowly for every request and every client of an inline world, done quickly.

Nothing that decides how a client behaves is touched: it validates, serializes, retries and parses as ever.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.auth
import botocore.endpoint
import botocore.hooks
import botocore.httpsession
import botocore.regions
import botocore.useragent
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.endpoint_provider import EndpointProvider
from botocore.regions import EndpointRulesetResolver

from sandbox.wires.parts import Replacement


def replacements() -> tuple[Replacement, ...]:
    """What an inline world sets in botocore."""
    return (
        Replacement(botocore.hooks.EventAliaser, "_alias_event_name", _alias_event_name),
        Replacement(botocore.hooks, "accepts_kwargs", _accepts_kwargs),
        Replacement(botocore.httpsession, "create_urllib3_context", _no_context),
        Replacement(botocore.auth.SigV4Auth, "canonical_request", _unread),
        Replacement(botocore.auth.SigV4Auth, "signature", _unread),
        Replacement(botocore.useragent.UserAgentString, "to_string", _user_agent),
        Replacement(botocore.endpoint, "get_environ_proxies", _no_proxies),
        Replacement(botocore.hooks._PrefixTrie, "__copy__", _copy_trie),
        Replacement(botocore.regions, "EndpointProvider", _provider),
        Replacement(BaseClient, "_make_request", _make_request),
        Replacement(Endpoint, "create_request", _create_request),
        Replacement(EndpointRulesetResolver, "construct_endpoint", _construct_endpoint),
    )


_slow_alias = botocore.hooks.EventAliaser._alias_event_name
_aliases: dict[str, str] = {}


def _alias_event_name(aliaser: Any, event_name: str) -> str:
    """The name of an event of botocore's: the same for all clients, who would each work it out again."""
    if aliaser._event_aliases != botocore.hooks.EVENT_ALIASES:
        return _slow_alias(aliaser, event_name)
    if event_name not in _aliases:
        _aliases[event_name] = _slow_alias(aliaser, event_name)
    return _aliases[event_name]


_slow_accepts = cache(botocore.hooks.accepts_kwargs)


def _accepts_kwargs(function: Any) -> Any:
    # A bound method would be kept alive with its client; what it accepts stands in its function.
    return _slow_accepts(getattr(function, "__func__", function))


def _no_context(*_: Any, **__: Any) -> None:
    """No client of an inline world ever opens a connection."""


def _no_proxies(_: str) -> dict[str, str]:
    return {}


def _copy_trie(trie: Any) -> Any:
    """Every client begins with a copy of its session's handlers."""
    copied = type(trie)()
    copied._root = _copy_node(trie._root)
    return copied


def _copy_node(node: Mapping[str, Any]) -> dict[str, Any]:
    values = node["values"]
    kept = values and botocore.hooks.NodeList(*(one.copy() for one in values))
    children = {name: _copy_node(child) for name, child in node["children"].items()}
    return {**node, "children": children, "values": kept}


_providers: dict[tuple[int, int], tuple[Any, Any, Any]] = {}


def _provider(ruleset_data: Any, partition_data: Any, excluded_params: Any = None) -> Any:
    """A service's rules, read once; kept with what they were read from, whose place nothing else takes."""
    key = id(ruleset_data), id(partition_data)
    if key not in _providers:
        made = EndpointProvider(ruleset_data, partition_data, excluded_params)
        _providers[key] = ruleset_data, partition_data, made
    return _providers[key][2]


def _unread(*_: Any) -> str:
    """The door reads who signed a request and believes it: what it is signed with is never looked at."""
    return "0" * 64


def _user_agent(_: Any) -> str:
    """botocore puts together twice a request what nobody reads."""
    return "Boto3/sandbox"


_slow_make = BaseClient._make_request


def _make_request(client: Any, operation_model: Any, request: dict[str, Any], context: Any) -> Any:
    context["sandbox.signer"] = client._request_signer
    return _slow_make(client, operation_model, request, context)


_slow_create = Endpoint.create_request


def _create_request(endpoint: Any, stated: dict[str, Any], operation_model: Any = None) -> Any:
    """A JSON request with the scope of its signature, which is all that the door reads of one."""
    signer = stated["context"].get("sandbox.signer")
    credentials = signer and signer._credentials
    if not credentials or signer.signature_version != "v4" or not _is_json(stated):
        return _slow_create(endpoint, stated, operation_model)
    frozen = credentials.get_frozen_credentials()
    context = stated["context"]
    signing = {"region": signer.region_name, "signing_name": signer.signing_name}
    scope = _scope(frozen.access_key, {**signing, **context.get("signing", {})})
    headers = {**stated["headers"], "Authorization": scope}
    if frozen.token:
        headers["X-Amz-Security-Token"] = frozen.token
    return AWSPreparedRequest("POST", stated["url"], headers, stated["body"], False, context)


def _is_json(stated: Mapping[str, Any]) -> bool:
    if stated["context"].get("auth_type") not in (None, "v4") or "X-Amz-Target" not in stated["headers"]:
        return False
    return isinstance(stated["body"], str | bytes)


def _scope(access_key: str, signing: Mapping[str, str]) -> str:
    date = time.strftime("%Y%m%d", time.gmtime())
    scope = f"{access_key}/{date}/{signing['region']}/{signing['signing_name']}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={_unread()}"


_slow_endpoint = EndpointRulesetResolver.construct_endpoint


def _construct_endpoint(resolver: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
    """Where an operation is sent: the same for every request that names no resource by its ARN."""
    if resolver._service_model.metadata["protocol"] != "json" or "arn:" in repr(call_args):
        return _slow_endpoint(resolver, operation_model, call_args, request_context)
    key = "sandbox", operation_model.name
    known = resolver._instance_cache
    if key not in known:
        known[key] = _slow_endpoint(resolver, operation_model, call_args, request_context)
    return known[key]
