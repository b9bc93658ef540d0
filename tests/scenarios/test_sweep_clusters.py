"""One cluster that cannot be looked at, among others that can."""

from __future__ import annotations

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.stage import CLUSTER, a_manifest, a_stage


def test_a_cluster_that_is_gone_stops_no_sweep_of_the_others() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        ecs = stage.world.client("ecs")
        ecs.create_cluster(clusterName="two")
        files = {"desired_state/two/web.yaml": a_manifest("nginx:1", family="web")}
        stage.repository.push(files, "Two clusters")
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(120)
        ecs.delete_service(cluster="two", service="web", force=True)
        stage.world.advance(1)
        ecs.delete_cluster(cluster="two")
        stage.world.advance(180)
        ecs.update_service(cluster=CLUSTER, service="nginx", desiredCount=5)
        stage.until(lambda: stage.service("nginx")["desiredCount"] == 2, "drift put back")
        web = stage.controller.table.get(ServiceKey("two", "web"))[1].status
        assert web is not None
        assert (web.reason, web.message) == (
            Reason.REFUSED,
            "cannot look at services of cluster two: Cluster not found.",
        )
        assert [each for each in stage.failures() if each.get("error")] == []
