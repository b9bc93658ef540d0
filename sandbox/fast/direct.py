"""JSON requests go straight to moto's services: Flask and werkzeug would take longer than the service."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from calendar import timegm
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlparse

from moto.core.responses import ActionResult, BaseResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from sandbox.front.wsgi import Answer, Environ, Request, StartResponse, to_environ
from sandbox.wires.parts import Replacement

JSON = "application/x-amz-json-1.0"
PLAIN = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""Operations of DynamoDB whose requests and answers moto holds as they are on the wire."""
ANSWERED_PLAINLY = frozenset(
    {
        "CreateService",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeServices",
        "DescribeTaskDefinition",
        "ListServiceDeployments",
        "RegisterTaskDefinition",
        "UpdateService",
    }
)
"""Operations of our own ECS, whose answers are documents in ECS's spelling but for their times."""


def replacements() -> tuple[Replacement, ...]:
    """What a world sets in moto."""
    return (
        Replacement(BaseResponse, "setup_class", _setup_class),
        Replacement(BaseResponse, "parse_parameters", _parse_parameters),
        Replacement(BaseResponse, "serialized", _serialized),
        Replacement(BaseResponse, "_enrich_response", staticmethod(_enrich_response)),
    )


class Dispatcher(DomainDispatcherApplication):
    """moto's choice of a service by host, remembered; applications made once for all worlds.

    `own`: services whose operations are bound to this very world. `account`: whose every request is.
    """

    def __init__(self, own: frozenset[str], account: str) -> None:
        super().__init__(lambda service: create_backend_app(service) if service in own else _made(service))
        self._account = account
        self._roots: dict[tuple[str, str], Any] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Any:
        return self.get_application(environ)(environ, start_response)

    def straight(self, request: Request) -> Answer | None:
        """The answer to a JSON request; None where it is none, for whoever holds its environment."""
        target = request.headers.get("x-amz-target")
        if target is None or request.path != "/" or "content-encoding" in request.headers:
            return None
        root = self._root(request, target.partition(".")[0])
        asked = Straight(request, self._account)
        try:
            answer = root(asked, asked.raw_url, asked.headers)
        except HTTPException as error:
            response = error.get_response()
            return Answer(response.status_code, tuple(response.headers), response.get_data())
        status, headers, content = answer if len(answer) == 3 else (200, {}, answer)
        body = content.encode() if isinstance(content, str) else content
        stated = {"Content-Type": JSON, **headers}
        return Answer(int(status), tuple((name, str(value)) for name, value in stated.items()), body)

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in _known:
            _known[host] = super().get_backend_for_host(host)
        return _known[host]

    def _root(self, request: Request, target: str) -> Any:
        """What answers a service's JSON requests, behind what Flask wants to be given."""
        key = request.host, target
        if key not in self._roots:
            url = f"https://{request.host}/"
            environ = to_environ(request.method, url, request.headers, request.body)
            self._roots[key] = _callback(self.get_application(environ))
        return self._roots[key]


_known: dict[str | None, Any] = {}


@lru_cache(maxsize=64)
def _callback(application: Any) -> Any:
    endpoint, _ = application.url_map.bind("").match("/", method="POST")
    return application.view_functions[endpoint].callback


@cache
def _made(service: Any) -> Any:
    return create_backend_app(service)


class _Headers(dict[str, str]):
    """Headers by their lower-case names, found by any."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


class Straight:
    """A JSON request as moto's services read one; it has no path, no query and no form."""

    from_wsgi_server = True
    raw_path = path = "/"
    query_string = b""
    content_encoding = None
    values: Mapping[str, str] = {}
    form = files = args = values

    def __init__(self, request: Request, account: str) -> None:
        self.method = request.method
        self.headers = _Headers(request.headers)
        self.content_type = request.headers.get("content-type", "")
        self.data = request.body
        self.url = self.raw_url = f"https://{request.host}/"
        self.account = account
        self.action = request.headers["x-amz-target"].rpartition(".")[2]

    @property
    def access_key(self) -> str:
        """The access key of whoever signed it."""
        return self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


_slow_setup = BaseResponse.setup_class


def _setup_class(
    response: Any, request: Any, full_url: str | None = None, headers: Any = None, use_raw_body: Any = None
) -> None:
    """What a service is told of a request, without looking for forms, files and the key's owner."""
    if type(request) is not Straight:
        _slow_setup(response, request, full_url, headers, use_raw_body)
        return
    is_raw = response.use_raw_body if use_raw_body is None else use_raw_body
    place = _place(response, request.raw_url)
    response.__dict__.update(
        place,
        is_werkzeug_request=True,
        normalized_request=request,
        raw_body=request.data,
        body=request.data if is_raw else request.data.decode("utf-8"),
        form_data={},
        querystring=(nothing := {"": [""]}),
        data=nothing,
        method=request.method,
        uri_match={},
        headers=request.headers,
        response_headers={"server": "amazon.com"},
        access_key=request.access_key,
        current_account=request.account,
    )
    if response.automated_parameter_parsing:
        response.parse_parameters(request)


_places: dict[str, dict[str, Any]] = {}


def _place(response: Any, url: str) -> dict[str, Any]:
    """What a URL says by itself: the same for every request to it."""
    if url not in _places:
        region = response.region_regex.search(url)
        found = region.group("region") if region else response.default_region
        _places[url] = {
            "uri": url,
            "parsed_url": urlparse(url),
            "path": "/",
            "raw_path": "/",
            "region": found,
            "partition": get_partition(found),
        }
    return _places[url]


def _is_plain(response: Any) -> bool:
    if response.service_name != "dynamodb" or type(response.normalized_request) is not Straight:
        return False
    return response.normalized_request.action in PLAIN and b'"BS"' not in response.raw_body


def _is_document(response: Any) -> bool:
    if response.service_name != "ecs" or type(response.normalized_request) is not Straight:
        return False
    return response.normalized_request.action in ANSWERED_PLAINLY


_slow_parameters = BaseResponse.parse_parameters


def _parse_parameters(response: Any, request: Any) -> None:
    if _is_plain(response):
        response.params = json.loads(request.data, object_hook=_binary)
    else:
        _slow_parameters(response, request)


def _binary(stated: dict[str, Any]) -> dict[str, Any]:
    """moto holds a binary value as the bytes that it is."""
    if type(text := stated.get("B")) is str:
        stated["B"] = b64decode(text)
    return stated


def _encoded(value: object) -> str | float:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return timegm(value.timetuple()) + (value.microsecond // 1000) / 1000
    raise TypeError(f"{type(value)} is no plain JSON")


_slow_serialized = BaseResponse.serialized


def _serialized(response: Any, result: ActionResult) -> Any:
    """An answer in JSON; one that is no plain JSON (an error, an object of moto's) goes the long way."""
    if type(result.result) is dict and (_is_plain(response) or _is_document(response)):
        try:
            body = json.dumps(result.result, default=_encoded)
        except TypeError:
            return _slow_serialized(response, result)
        return 200, {"Content-Type": JSON, **response.response_headers}, body
    return _slow_serialized(response, result)


_slow_enrichment = BaseResponse._enrich_response
_REQUEST_ID = {"x-amzn-requestid": "0" * 52}


def _enrich_response(headers: dict[str, Any], body: Any) -> Any:
    """The request's id goes into XML alone, where moto looks for its place in every body."""
    if isinstance(body, str) and body.startswith("{") and "status" not in headers:
        headers.update(_REQUEST_ID)
        return headers, body
    return _slow_enrichment(headers, body)
