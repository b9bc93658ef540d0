"""Why a service is red: what its tasks, its targets and the lack of room say, from the first of them on."""

from __future__ import annotations

import re

from ecs_gitops.model.vocabulary import Reason
from sandbox.tasks.simulated import NEVER_HEALTHY
from tests.scenarios.stage import CLUSTER
from tests.scenarios.test_references import FILES, FOLDER, REPOSITORY, a_platform


def test_what_the_load_balancer_sees_is_told_beside_what_stopped_the_tasks() -> None:
    with a_platform() as (stage, _, service):
        stage.repository.push(FILES, "Run nginx")
        stage.until_rolled_out("nginx", f"{REPOSITORY}:1")
        stage.world.tasks.outcomes[f"{REPOSITORY}:2"] = NEVER_HEALTHY
        folder = f"{FOLDER}/{CLUSTER}/nginx"
        task = FILES[f"{folder}/task-definition.json"] or ""
        commit = stage.repository.push(
            {f"{folder}/task-definition.json": task.replace("nginx}:1", "nginx}:2")}, "2"
        )
        seen = "The load balancer says: Health checks failed with these codes: [503]."
        stage.until(lambda: seen in stage.status("nginx").message, "the first sick target is told of")
        assert stage.status("nginx").reason is Reason.PROGRESSING
        stage.until_told("nginx", Reason.ROLLED_BACK, commit)
        stage.world.advance(3600)
        message = stage.status("nginx").message
        group = re.escape(service["BlueTargetGroup"])
        assert re.fullmatch(
            rf"Commit {commit[:7]} was rolled back\. \d tasks stopped: Task failed ELB health checks in "
            rf"\(target-group {group}\)\. {re.escape(seen)} Check the health check's path and port, "
            r"and what the container logs\. ECS runs commit .*",
            message,
        )
