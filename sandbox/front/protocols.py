"""An HTTP request in any of AWS's protocols → operation, service, parameters; REST by botocore's models."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from botocore.loaders import Loader
from botocore.parsers import BaseCBORParser

from sandbox.front.wsgi import Request, form

Document = Mapping[str, Any]

# Signing name → the prefix of IAM's actions, where they differ.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
_GIT = re.compile(r"/v1/repos/([^/]+)/(info/refs|git-upload-pack|git-receive-pack)")
_PUSHED_REFERENCE = re.compile(rb"[0-9a-f]{4}[0-9a-f]{40} [0-9a-f]{40} (refs/[^\0\n ]+)")
_S3 = {
    ("GET", False): "ListBucket",
    ("HEAD", False): "ListBucket",
    ("PUT", False): "CreateBucket",
    ("DELETE", False): "DeleteBucket",
    ("GET", True): "GetObject",
    ("HEAD", True): "GetObject",
    ("PUT", True): "PutObject",
    ("POST", True): "PutObject",
    ("DELETE", True): "DeleteObject",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks of AWS; `service` is the prefix of IAM's actions, parameters are AWS's.

    Parameters of the query protocol stay flat ("Tags.member.1.Key").
    """

    service: str
    name: str
    parameters: Document = field(default_factory=dict)
    region: str = "us-east-1"
    account: str = "123456789012"

    def text(self, name: str, default: str = "") -> str:
        """A parameter that is a text; absent or null gives `default`."""
        value = self.parameters.get(name)
        return default if value is None else str(value)

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource of this account and Region; a name that is an ARN already stays."""
        if name.startswith("arn:"):
            return name
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{kind}{name}"


def read(request: Request, service: str, *, account: str, region: str) -> Operation:
    """Which operation this is; `service` and `region` are those of the signature's scope."""
    git = _GIT.fullmatch(request.path)
    if git:
        return Operation(
            "codecommit", _git_operation(request), _git_parameters(git[1], request), region, account
        )
    name, parameters = _operation(request, service)
    return Operation(_PREFIXES.get(service, service), name, parameters, region, account)


def _operation(request: Request, signing_name: str) -> tuple[str, Document]:
    target = request.headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2], _json(request.body)
    rpc = re.fullmatch(r"/service/[^/]+/operation/([^/]+)", request.path)
    if rpc:
        return rpc[1], _cbor(request.body)
    if signing_name == "s3":
        return _s3(request)
    query = _query(request) | dict(form(request.body))
    if "Action" in query:
        return query.pop("Action"), query
    return _rest(request, signing_name)


def _query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))


def _json(body: bytes) -> Document:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}  # the service itself refuses what is not JSON
    return parsed if isinstance(parsed, dict) else {}


def _cbor(body: bytes) -> Document:
    try:
        parsed = BaseCBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body)))
    except Exception:  # botocore raises whatever its reader meets; the service refuses it in its own words
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _git_operation(request: Request) -> str:
    writing = "git-receive-pack" in (request.path.rpartition("/")[2], _query(request).get("service"))
    return "GitPush" if writing else "GitPull"


def _git_parameters(repository: str, request: Request) -> Document:
    references = [
        name.decode("utf-8", "replace") for name in _PUSHED_REFERENCE.findall(request.body[:65536])
    ]
    return {"repositoryName": repository, "references": references}


def _s3(request: Request) -> tuple[str, Document]:
    virtual = re.match(r"([^.]+)\.s3[.-]", request.host)
    path = request.path.lstrip("/")
    bucket, _, key = (virtual[1], "", path) if virtual else path.partition("/")
    operation = _S3.get((request.method, bool(key)), "") if bucket else "ListAllMyBuckets"
    return operation or "DeleteObject", {"Bucket": bucket, "Key": key}


def _rest(request: Request, signing_name: str) -> tuple[str, Document]:
    for method, pattern, operation in _routes(signing_name):
        found = pattern.fullmatch(request.path) if method == request.method else None
        if found:
            return operation, {**_json(request.body), **_query(request), **found.groupdict()}
    return "", {}


@cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Method, path and name of a REST service's operations, from botocore's model; longest path first."""
    loader = Loader()
    if service not in loader.list_available_services("service-2"):
        return ()
    operations = loader.load_service_model(service, "service-2")["operations"].values()
    stated = [(one["http"]["method"], one["http"]["requestUri"], one["name"]) for one in operations]
    stated.sort(key=lambda route: -len(re.sub(r"\{[^}]*\}", "", route[1])))
    return tuple((method, _route(uri), name) for method, uri, name in stated)


def _route(uri: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", uri.partition("?")[0])
    return re.compile("".join(_label(part) if part.startswith("{") else re.escape(part) for part in parts))


def _label(stated: str) -> str:
    name = stated.strip("{}")
    greedy = name.endswith("+")
    return f"(?P<{name.rstrip('+')}>{'.+' if greedy else '[^/]+'})"
