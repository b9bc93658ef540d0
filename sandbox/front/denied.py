"""The answers of the door itself, in the form each AWS protocol gives an error. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.sax.saxutils import escape

from sandbox.front.wsgi import Answer, Request

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
XML_SERVICES = frozenset({"s3", "cloudfront", "route53"})
QUERY_CODES = frozenset({"sqs", "monitoring"})
"""Services whose clients read an older code from a header (the awsQueryCompatible trait)."""


def refuse(request: Request, service: str, code: str, message: str) -> Answer:
    """An error that boto3 raises as a ClientError with this code.

    `code` is AccessDenied for a right that is missing: JSON protocols say AccessDeniedException and EC2
    says UnauthorizedOperation, as AWS does.
    """
    if service == "git":
        return Answer(403, (("Content-Type", "text/plain"),), message.encode())
    if service == "ec2":
        return _ec2(code, message)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return _query(code, message)
    if service in XML_SERVICES:
        return _xml(f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>")
    return _json(request, service, code, message)


def _json(request: Request, service: str, code: str, message: str) -> Answer:
    name = "AccessDeniedException" if code == "AccessDenied" else code
    content = request.headers.get("content-type") or "application/json"
    headers = [("Content-Type", content), ("x-amzn-ErrorType", name), ("x-amzn-RequestId", REQUEST_ID)]
    if service in QUERY_CODES:
        headers.append(("x-amzn-query-error", f"{code};Sender"))
    error = {"__type": name, "message": message}
    if content == "application/cbor":
        return Answer(403, (*headers, ("smithy-protocol", "rpc-v2-cbor")), _cbor(error))
    status = 400 if "x-amz-target" in request.headers else 403
    return Answer(status, tuple(headers), json.dumps(error).encode())


def _cbor(texts: Mapping[str, str]) -> bytes:
    """A map of a few texts (RFC 8949: major type 5, then 3 with two bytes of length)."""
    words = [word.encode() for pair in texts.items() for word in pair]
    return bytes([0xA0 + len(texts)]) + b"".join(b"\x79" + len(w).to_bytes(2, "big") + w for w in words)


def _query(code: str, message: str) -> Answer:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return _xml(f"<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>")


def _ec2(code: str, message: str) -> Answer:
    name = "UnauthorizedOperation" if code == "AccessDenied" else code
    error = f"<Errors><Error><Code>{name}</Code><Message>{escape(message)}</Message></Error></Errors>"
    return _xml(f"<Response>{error}<RequestID>{REQUEST_ID}</RequestID></Response>")


def _xml(body: str) -> Answer:
    return Answer(403, (("Content-Type", "text/xml"),), f'<?xml version="1.0"?>{body}'.encode())
