"""A file that is gone: the service is deleted only where Git said so before, and never many at once."""

from __future__ import annotations

from typing import Any

from ecs_gitops.model.vocabulary import Health, Reason, Sync
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

PRUNE: Any = {"prune": True}


def services(stage: Stage, *names: str, **reconcile: bool) -> None:
    """Push so many services and let them come up."""
    stage.push({name: a_manifest("nginx:1", 1, family=name, reconcile=reconcile) for name in names})
    for name in names:
        stage.until_rolled_out(name, "nginx:1")


def state(stage: Stage, name: str) -> str:
    return str(stage.service(name).get("status", "MISSING"))


def test_nothing_is_deleted_unless_git_said_so_before() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api", "web")
        stage.push({"web": None})
        stage.until_told("web", Reason.REQUIRES_PRUNE)
        status = stage.status("web")
        assert (status.sync, status.health) == (Sync.OUT_OF_SYNC, Health.HEALTHY)
        assert status.message == (
            "desired_state/handson/web.yaml is gone from Git, and its last version did not set "
            "reconcile.prune: true. Delete the service by hand, or bring the file back."
        )
        stage.world.advance(130)
        assert (state(stage, "web"), state(stage, "api")) == ("ACTIVE", "ACTIVE")
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_service_whose_file_is_gone_is_deleted_in_steps_where_git_said_so() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api", "web", prune=True)
        stage.push({"web": None})
        stage.until_told("web", Reason.PRUNED)
        status = stage.status("web")
        assert (status.sync, status.health) == (Sync.SYNCED, Health.MISSING)
        assert status.message == "The service was deleted, as Git says."
        assert (state(stage, "web"), state(stage, "api")) == ("INACTIVE", "ACTIVE")
        assert stage.history("web")[2:] == [
            ("PruneStarted", "desired_state/handson/web.yaml is gone from Git."),
            ("Pruned", "The service was deleted, as Git says."),
        ]
        assert stage.writes()[-2:] == ["ecs:UpdateService", "ecs:DeleteService"]
        assert stage.plan("web") == []
        assert stage.failures() == []
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_file_that_comes_back_while_its_service_is_being_deleted_brings_it_back() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api", "web", prune=True)
        stage.push({"web": None})
        stage.until_heard("web", "PruneStarted")
        stage.push({"web": a_manifest("nginx:1", 1, family="web", reconcile=PRUNE)})
        stage.until_told("web", Reason.SYNCED)
        stage.until_rolled_out("web", "nginx:1")
        service = stage.service("web")
        assert (service["status"], service["desiredCount"], service["runningCount"]) == ("ACTIVE", 1, 1)
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_many_at_once_wait_for_a_person_to_confirm() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api", "web", "job", prune=True)
        stage.push({"web": None, "job": None})
        for name in ("web", "job"):
            stage.until_told(name, Reason.PRUNE_GUARD)
            assert stage.status(name).message == (
                "Too many services vanished from Git at once. Check the last commit, then confirm with "
                f"`ecs-gitops sync handson/{name}`."
            )
        stage.world.advance(130)
        assert [state(stage, name) for name in ("api", "web", "job")] == ["ACTIVE"] * 3
        stage.request("sync", "web")
        stage.until_told("web", Reason.PRUNED)
        stage.world.advance(130)
        assert [state(stage, name) for name in ("api", "web", "job")] == ["ACTIVE", "INACTIVE", "ACTIVE"]
        writes = stage.writes()
        stage.push({"job": a_manifest("nginx:1", 1, family="job", reconcile=PRUNE)}, "It was a mistake")
        stage.until_told("job", Reason.SYNCED)
        assert stage.writes() == writes
        stage.an_ordinary_push_works("job", family="job", count=1)


def test_an_empty_folder_prunes_nothing() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "web", prune=True)
        commit = stage.push({"web": None})
        stage.world.advance(130)
        assert stage.controller.table.head("main")[0] == commit
        assert state(stage, "web") == "ACTIVE"
        assert stage.status("web").reason is Reason.SYNCED
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_deleted_branch_prunes_nothing() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api", "web", prune=True)
        head = stage.repository.head()
        assert head is not None
        stage.delete_branch()
        stage.world.advance(130)
        assert (state(stage, "web"), state(stage, "api")) == ("ACTIVE", "ACTIVE")
        assert stage.status("web").reason is Reason.SYNCED
        assert stage.failures() == []
        stage.repository.rewrite(head)
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_file_that_became_invalid_is_not_absent() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api", "web", prune=True)
        good = stage.repository.head()
        assert good is not None
        stage.push({"web": a_manifest("nginx:2", 1, family="web").replace("memory", "memroy")})
        stage.until_told("web", Reason.INVALID_MANIFEST)
        assert stage.status("web").message == (
            "desired_state/handson/web.yaml:8:7: taskDefinition.containerDefinitions[0].memroy: is no "
            f"field that AWS knows (did you mean memory?). Commit {good[:7]} stays in force until it is "
            "mended."
        )
        stage.world.advance(130)
        assert (state(stage, "web"), state(stage, "api")) == ("ACTIVE", "ACTIVE")
        assert stage.writes().count("ecs:UpdateService") == 0
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_service_that_was_never_ours_is_not_deleted() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        services(stage, "api")
        ecs = stage.world.client("ecs")
        arn = stage.service("api")["taskDefinition"]
        ecs.create_service(cluster=CLUSTER, serviceName="web", taskDefinition=arn, desiredCount=2)
        stage.push({"web": a_manifest("nginx:1", 1, family="web", reconcile=PRUNE)})
        stage.until_told("web", Reason.AWAITING_ADOPTION)
        stage.push({"web": None})
        stage.until_told("web", Reason.PRUNED)
        assert stage.status("web").message == (
            "desired_state/handson/web.yaml is gone from Git; the service was never ours and is left alone."
        )
        stage.world.advance(130)
        assert state(stage, "web") == "ACTIVE"
        stage.an_ordinary_push_works("api", family="api", count=1)
