"""What a refusal of ECS is: an id, the operations it guards, the exact error, and where that is from. Pure.

A rule with a check looks at one request and answers the message of the error, or None. A rule without
one is for what only a look-up can tell: whoever looked up raises it by its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.services.ecs.documents import Document
from sandbox.services.ecs.state import Service

REGISTER, DEREGISTER, CREATE, UPDATE, DELETE = (
    "RegisterTaskDefinition",
    "DeregisterTaskDefinition",
    "CreateService",
    "UpdateService",
    "DeleteService",
)
BOTH = (CREATE, UPDATE)
CLIENT, INVALID = "ClientException", "InvalidParameterException"

GUIDE = "Amazon ECS Developer Guide"
API = "Amazon ECS API Reference"
RECORDED = "recorded answers"
OURS = "this sandbox"


class Refused(Exception):  # noqa: N818 - AWS's word, not an error of ours
    """AWS answers with an error: its code and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what is known about what it names.

    definition: the task definition that the service shall run; before: the one it runs now.
    service: the service as it is. target_group: look-up of a target group by ARN.
    providers: the cluster's capacity providers; default_strategy: the cluster's. tags: how many there are.
    """

    request: Document
    definition: Document = field(default_factory=dict)
    service: Service | None = None
    target_group: Callable[[str], Mapping[str, Any] | None] = lambda _: None
    providers: frozenset[str] = frozenset()
    default_strategy: tuple[Document, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    def fields(self) -> dict[str, Any]:
        """The revision's fields as they would be after the request."""
        kept = self.service.revision(self.service.primary).fields if self.service else {}
        return {**kept, **self.request}

    def containers(self) -> list[Document]:
        """The container definitions in question."""
        return list((self.definition or self.request).get("containerDefinitions") or ())

    def before(self) -> Document:
        """The task definition that the service runs now."""
        return self.service.revision(self.service.primary).definition if self.service else {}

    def configuration(self) -> Document:
        """The deploymentConfiguration as it would be after the request."""
        kept = self.service.configuration if self.service else {}
        return {**kept, **(self.request.get("deploymentConfiguration") or {})}

    @property
    def daemon(self) -> bool:
        """One task a host, asked for or already so."""
        stated = self.request.get("schedulingStrategy") == "DAEMON"
        return stated or bool(self.service and self.service.daemon)


Check = Callable[[Asked], str | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule. `id` is what tests and the manifest's rules name it by.

    says: the message of a rule without a check. confirmed: False where the error's text is ours, since
    no recorded answer was found; that there is an error is documented all the same.
    """

    id: str
    operations: tuple[str, ...]
    code: str
    source: str
    check: Check | None = None
    says: str = ""
    confirmed: bool = True


def first(messages: Iterable[str]) -> str | None:
    """The first message, None when there is none."""
    return next(iter(messages), None)


def say_if(wrong: object, message: str) -> str | None:
    """The message if something is wrong."""
    return message if wrong else None
