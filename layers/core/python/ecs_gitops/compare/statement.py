"""A statement and the digests of its parts: over what is stated, sorted, nothing filled in. Pure.

`d1:` is over all of it, `r1:` over the revision part, `p1:` over what changes in place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ecs_gitops.model.desired import Document, Stated
from ecs_gitops.resources.statement_parts import SPLIT, in_place_fields, revision_fields

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def statement(
    commit: str, task_definition: Document | None, service: Document | None, *, since: str = ""
) -> Stated:
    """What a manifest states at a commit, with its digests. since: what brought its revision part."""
    task = None if task_definition is None else _ENCODER.encode(task_definition)
    fields = None if service is None else {name: _field(name, value) for name, value in service.items()}
    whole = None if fields is None else _text(fields)
    revision = None if fields is None else _text(revision_fields(fields))
    in_place = None if fields is None else _text(in_place_fields(fields))
    return Stated(
        digest=_digest("d1", whole, task),
        commit=commit,
        task_definition=task_definition,
        service=service,
        revision=_digest(f"r{SPLIT}", revision, task),
        in_place=_digest(f"p{SPLIT}", in_place, None),
        since=since or commit,
    )


def with_digests(stated: Stated) -> Stated:
    """A statement that an older release remembered, with the digests of its parts."""
    if stated.revision or (stated.task_definition is None and stated.service is None):
        return stated
    whole = statement(stated.commit, stated.task_definition, stated.service, since=stated.since)
    return replace(whole, digest=stated.digest)


def in_place_only(stated: Stated) -> Stated:
    """The same less its revision part: for a service whose revision is left as ECS has it."""
    service = None if stated.service is None else in_place_fields(stated.service)
    return statement(stated.commit, None, service, since=stated.since)


def _field(name: str, value: Any) -> str:
    return f"{_ENCODER.encode(name)}:{_ENCODER.encode(value)}"


def _text(fields: Mapping[str, str]) -> str:
    """A map as the encoder writes it, from its members as written: each is encoded once."""
    return f"{{{','.join(fields[name] for name in sorted(fields))}}}"


def _digest(name: str, service: str | None, task_definition: str | None) -> str:
    """SHA-256 of `{"service":…,"taskDefinition":…}`, written as a JSON encoder with sorted keys does."""
    parts = [("service", service), ("taskDefinition", task_definition)]
    text = ",".join(f'"{key}":{value}' for key, value in parts if value is not None)
    return f"{name}:{hashlib.sha256(f'{{{text}}}'.encode()).hexdigest()}"


def plain(value: Any) -> str:
    """A value as the text that digests are made of: equal texts state the same."""
    return _ENCODER.encode(value)
