"""Wires the parts for one process: settings and a botocore session in, a Controller out.

The only wall clock. A client is made when it is first needed: making one costs more than most calls.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from ecs_gitops.aws.buckets import Buckets
from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.aws.ecs import Ecs
from ecs_gitops.aws.scaling import Scaling
from ecs_gitops.aws.sqs import Queue, Timers
from ecs_gitops.aws.timestamps import parsed
from ecs_gitops.model.settings import Settings
from ecs_gitops.resources.botocore_models import loader
from ecs_gitops.runtime.side_by_side import Beside

if TYPE_CHECKING:
    from ecs_gitops.aws.lookup import Lookup
    from ecs_gitops.aws.sns import Topic
    from ecs_gitops.git.remote import Remote

_ALLOCATIONS = 100_000
"""So many values more than before, and Python looks for garbage; 700 is its own figure.

What a fleet is read into stays in use and holds no cycles: looking through it again and again finds
nothing, and took half of the time.
"""
_CONFIG = Config(
    connect_timeout=3,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_appid="ecs-gitops",
)


class Controller:
    """Everything that the loop needs, each part made at its first use."""

    def __init__(self, settings: Settings, session: Any, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self._session = session
        self.beside = Beside(settings.requests_at_once)
        self._clients: dict[str, Any] = {}
        self._making = Lock()

    @cached_property
    def table(self) -> Table:
        """What is remembered."""
        return Table(self._client("dynamodb"), self.settings.table, self.settings.install)

    @cached_property
    def budget(self) -> Buckets:
        """How many changing calls ECS takes of us."""
        return Buckets(self.table)

    @cached_property
    def ecs(self) -> Ecs:
        """ECS."""
        return Ecs(self._client("ecs"), self.settings.install)

    @cached_property
    def scaling(self) -> Scaling:
        """Scalable targets."""
        return Scaling(self._client("application-autoscaling"))

    @cached_property
    def topic(self) -> Topic | None:
        """Where people are told of what needs them, if anybody wants to know."""
        if not self.settings.notification_topic:
            return None
        from ecs_gitops.aws.sns import Topic

        return Topic(self._client("sns"), self.settings.notification_topic)

    @cached_property
    def services(self) -> Queue:
        """The queue of services to look at."""
        later = self.timers if self.settings.timer_queue_url else None
        return Queue(self._client("sqs"), self.settings.services_queue_url, later)

    @cached_property
    def sources(self) -> Queue:
        """The queue of sources to look at."""
        return Queue(self._client("sqs"), self.settings.sources_queue_url)

    @cached_property
    def timers(self) -> Timers:
        """What puts a service on that queue later."""
        return Timers(self._client("sqs"), self.settings.timer_queue_url)

    @property
    def lookup(self) -> Lookup:
        """Answers for one reading of the source: a new one each time, so that nothing is stale."""
        from ecs_gitops.aws.lookup import Lookup

        return Lookup(self._client)

    @property
    def remote(self) -> Remote:
        """The branch that services follow."""
        from ecs_gitops.git.remote import Remote

        return Remote(self.settings.source_url, self.settings.source_branch, self._credentials())

    def _credentials(self) -> Callable[[], tuple[str, str]] | None:
        match self.settings.source_credential:
            case "none":
                return None
            case "codecommit":
                return self._sign
            case arn:
                return lambda: self._secret(arn)

    def _sign(self) -> tuple[str, str]:
        from ecs_gitops.git.credentials import codecommit_credentials

        credentials = self._session.get_credentials().get_frozen_credentials()
        region = self.settings.install.region
        return codecommit_credentials(self.settings.source_url, credentials, region, self.clock())

    def _secret(self, arn: str) -> tuple[str, str]:
        from ecs_gitops.aws.secrets import Secrets

        return Secrets(self._client("secretsmanager")).credential(arn)

    def _client(self, service: str) -> Any:
        region = self.settings.install.region
        with self._making:  # clients may be shared between threads, the session that makes them may not
            if service not in self._clients:
                client = self._session.create_client(service, region_name=region, config=_CONFIG)
                self._clients[service] = client
            return self._clients[service]


def build(settings: Settings, session: Any, clock: Callable[[], float] = time.time) -> Controller:
    """A controller that uses a botocore session; nothing is called yet."""
    gc.set_threshold(_ALLOCATIONS)
    return Controller(settings, session, clock)


def from_env(environ: Mapping[str, str]) -> Controller:
    """The controller of a Lambda function. Raises KeyError with the name of a missing variable."""
    session = botocore.session.get_session()
    session.register_component("data_loader", loader())
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parsed)
    return build(Settings.from_env(environ), session)
