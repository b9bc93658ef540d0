"""What people and scripts do to ECS behind Git's back, and what Git stops saying."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.stage import CLUSTER, TEMPLATE, Stage, a_manifest, a_stage
from tests.scenarios.trail import Trail
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

IMAGE = "nginx:1"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
ONCE = ["nginx:1 SUCCESSFUL"]
OTHER = (
    "OutOfSync Healthy OwnedByOther: The service belongs to the install ecs-gitops; this install is second"
    ". Take its manifest away here; or there, without reconcile.prune, and then the tag ecs-gitops:install."
)


def synced(commit: str, revision: str = "nginx-task:1") -> str:
    return f"Synced Healthy: ECS runs commit {commit} as {revision}: 2 of 2 tasks are running."


def a_running_service(stage: Stage, name: str = "nginx", **ours: Any) -> str:
    """Version 1 runs; its commit."""
    family = "nginx-task" if name == "nginx" else name
    commit = stage.push({name: a_manifest(IMAGE, family=family, **ours)})
    stage.until_rolled_out(name, IMAGE)
    return commit[:7]


def tick_slowly(stage: Stage) -> None:
    """A sweep every quarter of an hour, not every minute: a day of the world is long."""
    events = stage.world.client("events")
    rules = events.list_rules(NamePrefix=f"{stage.stack}-SweeperFunction")["Rules"]
    events.put_rule(Name=rules[0]["Name"], ScheduleExpression="rate(15 minutes)")


def by_hand(stage: Stage, **fields: Any) -> None:
    """UpdateService, as somebody at a console does."""
    stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", **fields)


@row("manifest removed, prune on / off / beyond the guard")
def test_a_manifest_removed_with_prune_off(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_running_service(stage, "api")
        a_running_service(stage)
        stage.push({"nginx": None})
        stage.world.advance(1800)
        told = (
            "OutOfSync Healthy RequiresPrune: desired_state/handson/nginx.yaml is gone from Git, and its "
            "last version did not set reconcile.prune: true. Delete the service by hand, or bring the "
            "file back."
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=ONCE)


@row("manifest removed, prune on / off / beyond the guard")
def test_a_manifest_removed_with_prune_on(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_running_service(stage, "api")
        a_running_service(stage, reconcile={"prune": True})
        stage.push({"nginx": None})
        stage.until_told("nginx", Reason.PRUNED)
        stage.world.advance(1800)
        told = "Synced Missing Pruned: The service was deleted, as Git says."
        assert stage.service("api")["status"] == "ACTIVE"
        trouble.ends(stage, told=told, ecs="no service", deployments=ONCE)


@row("manifest removed, prune on / off / beyond the guard")
def test_manifests_removed_beyond_the_guard(trouble: Trouble) -> None:
    with a_stage() as stage:
        for name in ("api", "web", "nginx"):
            a_running_service(stage, name, reconcile={"prune": True})
        stage.push({"web": None, "nginx": None})
        stage.world.advance(1800)
        told = (
            "OutOfSync Healthy PruneGuard: Too many services vanished from Git at once. Check the last "
            "commit, then confirm with `ecs-gitops sync handson/nginx`."
        )
        assert stage.status("web").reason is Reason.PRUNE_GUARD
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=ONCE)


@row("file renamed")
def test_a_file_renamed_to_another_service(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_running_service(stage)
        stage.push({"nginx": None, "web": a_manifest(IMAGE, family="web")})
        stage.until_rolled_out("web", IMAGE)
        told = (
            "OutOfSync Healthy RequiresPrune: desired_state/handson/nginx.yaml is gone from Git, and its "
            "last version did not set reconcile.prune: true. Delete the service by hand, or bring the "
            "file back."
        )
        trouble.stands(stage, "web:1 (nginx:1), 2 of 2 running", ONCE, "web")
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=ONCE)


@row("file renamed")
def test_a_file_renamed_to_the_same_service(trouble: Trouble) -> None:
    with a_stage() as stage:
        a_running_service(stage)
        folder = "desired_state/handson/nginx/service.yaml"
        files = {"desired_state/handson/nginx.yaml": None, folder: a_manifest(IMAGE)}
        moved = stage.repository.push(files, "Move")
        stage.world.advance(1800)
        trouble.told(line(stage.status("nginx")), synced(moved[:7]))
        trouble.stands(stage, RUNNING, ONCE)
        stage.repository.push({folder: a_manifest("nginx:2")}, "An ordinary change")
        stage.until_rolled_out("nginx", "nginx:2")
        assert stage.desired("nginx").path == folder


@row("service deleted by hand")
def test_a_service_deleted_by_hand(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        stage.world.client("ecs").delete_service(cluster=CLUSTER, service="nginx", force=True)
        stage.until_heard("nginx", "Succeeded", times=2)
        stage.world.advance(1800)
        ecs = "nginx-task:2 (nginx:1), 2 of 2 running"
        told = synced(commit, "nginx-task:2")
        trouble.ends(stage, told=told, ecs=ecs, deployments=ONCE * 2)


@row("service deleted by hand")
def test_a_service_deleted_in_its_first_rollout_is_created_by_a_call_of_its_own(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = stage.push({"nginx": a_manifest("nginx:1")})[:7]
        stage.until_told("nginx", Reason.PROGRESSING)
        first = stage.record("nginx").attempt
        stage.world.client("ecs").delete_service(cluster=CLUSTER, service="nginx", force=True)
        stage.until_rolled_out("nginx", "nginx:1")
        second = stage.record("nginx").attempt
        assert first is not None
        assert second is not None
        assert first.id != second.id, "ECS knows the first one's client token"
        stage.world.advance(1800)
        created = [each for each in stage.writes() if each == "ecs:CreateService"]
        assert len(created) == 2
        ecs = "nginx-task:2 (nginx:1), 2 of 2 running"
        deployments = ["nginx:1 STOPPED", *ONCE]
        trouble.ends(stage, told=synced(commit, "nginx-task:2"), ecs=ecs, deployments=deployments)


@row("revision deregistered by hand")
def test_a_revision_deregistered_by_hand(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        arn = stage.service("nginx")["taskDefinition"]
        stage.world.client("ecs").deregister_task_definition(taskDefinition=arn)
        stage.world.advance(1800)
        trouble.ends(stage, told=synced(commit), ecs=RUNNING, deployments=ONCE)


@row("revision deregistered by hand")
def test_a_service_whose_revision_is_gone_is_created_from_a_new_one(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        ecs = stage.world.client("ecs")
        ecs.deregister_task_definition(taskDefinition=stage.service("nginx")["taskDefinition"])
        ecs.delete_service(cluster=CLUSTER, service="nginx", force=True)
        stage.until_heard("nginx", "Succeeded", times=2)
        told = synced(commit, "nginx-task:2")
        stands = "nginx-task:2 (nginx:1), 2 of 2 running"
        trouble.ends(stage, told=told, ecs=stands, deployments=ONCE * 2)


@row("desired count changed by hand with and without a scalable target")
def test_a_desired_count_changed_by_hand(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        by_hand(stage, desiredCount=5)
        stage.world.advance(1800)
        assert stage.history("nginx")[2:] == [("DriftPutBack", "Changed in place.")]
        trouble.ends(stage, told=synced(commit), ecs=RUNNING, deployments=ONCE)


@row("desired count changed by hand with and without a scalable target")
def test_a_desired_count_of_a_service_that_is_scaled(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        stage.world.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{CLUSTER}/nginx",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=9,
        )
        by_hand(stage, desiredCount=5)
        stage.world.advance(1800)
        told = synced(commit).replace("2 of 2", "5 of 5")
        trouble.ends(stage, told=told, ecs=RUNNING.replace("2 of 2", "5 of 5"), deployments=ONCE)
        assert stage.service("nginx")["desiredCount"] == 5


@row("a script that fights the controller for a day (≤ 10 deployments)")
@pytest.mark.parametrize(("minutes", "heals"), [(15, 2), (150, 4)])
def test_a_script_that_fights_for_a_day(trouble: Trouble, minutes: int, heals: int) -> None:
    with a_stage() as stage:
        tick_slowly(stage)
        a_running_service(stage)
        ecs = stage.world.client("ecs")
        ours = ecs.describe_task_definition(taskDefinition=stage.service("nginx")["taskDefinition"])
        container = {**ours["taskDefinition"]["containerDefinitions"][0], "image": "nginx:script"}
        made = ecs.register_task_definition(family="script", containerDefinitions=[container])
        trail = Trail(stage)
        for _ in range(24 * 60 // minutes):
            by_hand(stage, taskDefinition=made["taskDefinition"]["taskDefinitionArn"])
            trail.tell()
            stage.world.advance(60 * minutes)
        told = (
            "OutOfSync Healthy DriftFight: ECS was changed outside Git again, after it was put back "
            f"{heals} times within a day. The last call seen: UpdateService by assumed-role/Admin/alice. "
            "Stop it, then run `ecs-gitops sync handson/nginx`."
        )
        deployments = [
            *ONCE,
            *["nginx:script SUCCESSFUL", "nginx:1 SUCCESSFUL"] * heals,
            "nginx:script SUCCESSFUL",
        ]
        stands = "script:1 (nginx:script), 2 of 2 running"
        trouble.ends(stage, told=told, ecs=stands, deployments=deployments)


@row("two installs with overlapping scope")
def test_two_installs_that_follow_the_same_cluster(trouble: Trouble) -> None:
    with a_stage() as stage:
        commit = a_running_service(stage)
        repository = stage.world.repository("other")
        parameters = {"SourceUrl": repository.url, "Mode": "apply"}
        stage.world.deploy(TEMPLATE, "second", parameters)
        second = Stage(stage.world, repository, "second")
        second.push({"nginx": a_manifest("nginx:theirs", reconcile={"adopt": True})})
        second.until_told("nginx", Reason.OWNED_BY_OTHER)
        stage.world.advance(3600)
        trouble.told(line(second.status("nginx")), OTHER)
        trouble.ends(stage, told=synced(commit), ecs=RUNNING, deployments=ONCE)


@row("two installs with overlapping scope")
def test_two_installs_that_begin_with_the_same_service_at_once(trouble: Trouble) -> None:
    with a_stage() as stage:
        repository = stage.world.repository("other")
        parameters = {"SourceUrl": repository.url, "Mode": "apply"}
        stage.world.deploy(TEMPLATE, "second", parameters)
        second = Stage(stage.world, repository, "second")
        commit = stage.push({"nginx": a_manifest(IMAGE)})[:7]
        second.push({"nginx": a_manifest("nginx:theirs")})
        stage.until_rolled_out("nginx", IMAGE)
        stage.world.advance(3600)
        trouble.told(line(second.status("nginx")), OTHER)
        trouble.ends(stage, told=synced(commit), ecs=RUNNING, deployments=ONCE)
