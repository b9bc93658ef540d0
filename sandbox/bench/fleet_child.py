"""`python -m sandbox.bench.fleet_child ours|bare`: a commit of a whole fleet, or a bare client's reading.

What is measured is this process, from its start to its end. Only what is measured is imported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecs_gitops.model.actions import Action
    from ecs_gitops.runtime.bootstrap import Controller

AT = 1_795_500_000.0
"""Seconds: the moment of the plan, so that what is asked does not depend on the clock."""
CLUSTER, SERVICES, A_CALL = "fleet", 1_000, 10


def ours() -> str:
    """The product's own way, as its functions are wired."""
    import ecs_gitops.runtime.cold_start  # noqa: F401  # first, as there
    from ecs_gitops.runtime.bootstrap import from_env

    return plan_head(from_env(os.environ))


def plan_head(controller: Controller) -> str:
    """The newest commit fetched, parsed, validated and planned: how often each kind of plan came."""
    from collections import Counter

    from ecs_gitops.ingest.answers import Answers
    from ecs_gitops.manifest.load import load
    from ecs_gitops.sweep.fleet import as_pushed, plan_all, with_record

    settings = controller.settings
    tree = controller.remote.fetch(settings.config_path)
    answers = Answers(controller.lookup, settings, controller.beside)
    loaded = load(tree, settings.config_path, lookup=answers, expect=answers.expect)
    known = controller.table.records(loaded.manifests)
    pairs = [with_record(as_pushed(loaded.manifests[key], settings), known[key]) for key in known]
    found = plan_all(controller, pairs, AT)
    return str(dict(Counter(" ".join(map(_told, each.actions)) for each in found)))


def _told(action: Action) -> str:
    changes = action.changes
    return f"{type(action).__name__} of {len(changes)}: {changes[0].path.partition('[')[0]}"


def bare() -> str:
    """What anybody would write first to see the same services: boto3, its own models, no validation."""
    import boto3

    ecs, read = boto3.client("ecs"), 0
    names = [f"web-{at:04}" for at in range(SERVICES)]
    for start in range(0, SERVICES, A_CALL):
        asked = names[start : start + A_CALL]
        read += len(ecs.describe_services(cluster=CLUSTER, services=asked, include=["TAGS"])["services"])
    return str(read)


def peak_memory() -> float:
    """MB that this process held at most; what its parent held before does not count."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024  # macOS: in bytes


if __name__ == "__main__":
    told = {"ours": ours, "bare": bare}[sys.argv[1]]()
    sys.stdout.write(f"{told}\n{peak_memory()}")
