"""A service read a moment before its deployments is no reason for another rollout."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.ecs import Ecs
from ecs_gitops.model.desired import Document
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Outcome
from ecs_gitops.reconcile.loop import reconcile
from sandbox.tasks.simulated import exits
from tests.scenarios.stage import CLUSTER, a_manifest, a_stage

KEY = ServiceKey(CLUSTER, "nginx")


class Belated(Ecs):
    """Shows, the first time it is asked, a service as it was before."""

    before: dict[ServiceKey, Document] | None = None

    def describe(self, keys: Any) -> dict[ServiceKey, Document]:
        """The services as they are, but for the first time."""
        shown, self.before = self.before, None
        return shown if shown is not None else super().describe(keys)


def test_a_rollback_seen_before_the_service_that_it_left_starts_nothing() -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes["sick:1"] = exits(3)
        stage.push({"nginx": a_manifest()})
        stage.until_rolled_out("nginx", "nginx:1.27")
        stage.push({"nginx": a_manifest(image="sick:1", count=3)})
        has_ended = lambda: any(  # noqa: E731 - asked after every event of the world
            entry.kind == "deployment" and entry.detail.get("status") == "ROLLBACK_SUCCESSFUL"
            for entry in stage.world.journal
        )
        stage.world.until(lambda: stage.image("nginx") == "sick:1", 3600)
        before = stage.controller.ecs.describe([KEY])
        stage.world.until(has_ended, 3600)
        assert stage.outcome("nginx") is None

        belated = Belated(stage.world.client("ecs"), stage.controller.settings.install)
        belated.before = before
        stage.controller.ecs = belated  # type: ignore[misc] - a cached property is an attribute
        result = reconcile(
            [Wake(KEY, Cause("DeploymentChanged", "1"))], stage.controller, stage.world.timeline.now
        )

        assert stage.outcome("nginx") is Outcome.ROLLED_BACK
        assert result.applied == ()
        assert stage.calls("ecs:RegisterTaskDefinition")[2:] == []
