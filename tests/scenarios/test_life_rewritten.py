"""A rewritten branch is applied as it is, is shown as such, and prunes nothing."""

from __future__ import annotations

from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.stage import a_manifest, a_stage

PRUNES = {"prune": True}


def test_a_branch_forced_back_is_followed_and_nothing_is_deleted() -> None:
    with a_stage() as stage:
        first = stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        web = a_manifest("web:1", family="web", reconcile=PRUNES)
        stage.push({"nginx": a_manifest("nginx:2"), "web": web})
        stage.until_rolled_out("nginx", "nginx:2")
        stage.until_rolled_out("web", "web:1")
        stage.repository.rewrite(first)
        stage.until_rolled_out("nginx", "nginx:1")
        said = f"The branch was rewritten to commit {first[:7]}."
        assert said in stage.status("nginx").message
        started = "A rollout was started. The branch was rewritten."
        assert ("RolloutStarted", started) in stage.history("nginx")
        status = stage.until_told("web", Reason.PRUNE_GUARD)
        why = "The branch was rewritten. Check the last commit, then confirm with"
        assert status.message == f"{why} `ecs-gitops sync handson/web`."
        stage.world.advance(1800)
        assert stage.service("web")["status"] == "ACTIVE"
        stage.request("sync", "web")  # a person confirms
        stage.world.advance(600)
        assert stage.service("web")["status"] == "INACTIVE"
        stage.an_ordinary_push_works(image="nginx:3")
        assert "rewritten" not in stage.status("nginx").message


def test_several_commits_at_once_are_no_rewriting() -> None:
    """The control: the head is not the child of what was followed, and prunes as ever."""
    with a_stage() as stage:
        web = a_manifest("web:1", family="web", reconcile=PRUNES)
        stage.push({"nginx": a_manifest("nginx:1"), "web": web})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.until_rolled_out("web", "web:1")
        for image in ("nginx:2", "nginx:3"):
            stage.push({"nginx": a_manifest(image)})
        stage.push({"web": None})
        stage.until_rolled_out("nginx", "nginx:3")
        stage.world.advance(600)
        assert stage.service("web")["status"] == "INACTIVE"
        assert stage.desired("nginx").cause == "Push"
