"""What names things: a service inside this account and Region, and the install that follows it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass(frozen=True, slots=True, order=True)
class ServiceKey:
    """Names one ECS service inside this account and Region: `cluster/name`."""

    cluster: str
    name: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> ServiceKey:
        """`cluster/name` → key, as ECS lets them be named. Raises ValueError when it is anything else."""
        cluster, _, name = text.partition("/")
        if not (_NAME.fullmatch(cluster) and _NAME.fullmatch(name)):
            raise ValueError(f"cannot read service {text!r:.300}: expected cluster/service")
        return cls(cluster, name)


@dataclass(frozen=True, slots=True)
class Install:
    """Who we are: one stack in one account and Region. `id` is what our tags carry."""

    id: str
    account: str
    region: str
    partition: str = "aws"
