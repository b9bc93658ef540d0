"""What an install is told by its stack, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ecs_gitops.model.names import Install


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment of every function (template.yaml sets it; a CLI takes it from stack outputs)."""

    install: Install
    table: str
    sources_queue_url: str
    services_queue_url: str
    source_id: str
    """Name of the one source this install reads."""
    source_url: str
    """Any Git repository over HTTPS."""
    source_branch: str
    source_credential: str
    """`codecommit` (signed with our role), or the ARN of a secret that holds a token, or `none`."""
    config_path: str
    """Folder of the config repository that is ours, without slashes at its ends."""
    clusters: tuple[str, ...]
    """Globs of cluster names that manifests may name; others are listed and never applied."""
    observe: bool
    """True while the install may only report."""
    full_sweep_interval: int
    """Seconds between two full sweeps."""
    requests_at_once: int = 1
    """How many requests that do not depend on one another may be under way."""
    notification_topic: str = ""
    """ARN of the topic on which people are told of what needs them; "" for none."""
    timer_queue_url: str = ""
    """Where messages for the services queue wait for their time."""
    own_role: str = ""
    """ARN of the role that changes ECS for us: its calls are no drift."""

    def follows(self, cluster: str) -> bool:
        """Whether manifests may name a cluster."""
        return any(fnmatchcase(cluster, glob) for glob in self.clusters)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Raises KeyError with the variable's name when one is missing."""
        return cls(
            install=Install(
                id=environ["INSTALL_ID"],
                account=environ["ACCOUNT_ID"],
                region=environ["AWS_REGION"],
                partition=environ.get("PARTITION", "aws"),
            ),
            table=environ["TABLE_NAME"],
            sources_queue_url=environ["SOURCES_QUEUE_URL"],
            services_queue_url=environ["SERVICES_QUEUE_URL"],
            source_id=environ.get("SOURCE_ID", "main"),
            source_url=environ["SOURCE_URL"],
            source_branch=environ.get("SOURCE_BRANCH", "main"),
            source_credential=environ.get("SOURCE_CREDENTIAL", "codecommit"),
            config_path=environ.get("CONFIG_PATH", "desired_state").strip("/"),
            clusters=tuple(glob for glob in environ["CLUSTERS"].split(",") if glob),
            observe=environ.get("MODE", "observe") == "observe",
            full_sweep_interval=int(environ.get("FULL_SWEEP_INTERVAL", "600")),
            requests_at_once=int(environ.get("REQUESTS_AT_ONCE", "1")),
            notification_topic=environ.get("NOTIFICATION_TOPIC_ARN", ""),
            timer_queue_url=environ.get("TIMER_QUEUE_URL", ""),
            own_role=environ.get("OWN_ROLE_ARN", ""),
        )
