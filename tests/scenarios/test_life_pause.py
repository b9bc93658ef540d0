"""`ecs-gitops pause` and `resume`: nothing is applied meanwhile, and what happens is still known."""

from __future__ import annotations

from ecs_gitops.model.vocabulary import Health, Outcome, Reason
from sandbox.tasks.simulated import exits
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

NGINX = f"{CLUSTER}/nginx"


def pause(stage: Stage, lasts: str = "2h") -> None:
    said = stage.ask("pause", NGINX, "--for", lasts, "--reason", "load test", "--timeout", "0")
    stage.until_asked("nginx", said.partition("(request ")[2].partition(")")[0])


def test_a_push_waits_for_the_pause_to_end_and_is_then_rolled_out_once() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        pause(stage)
        stage.push({"nginx": a_manifest("nginx:passed")})
        stage.world.advance(600)
        stage.push({"nginx": a_manifest("nginx:2")})
        stage.world.advance(3600)
        waited = [message for event, message in stage.history("nginx") if event == "Postponed"]
        assert len(waited) == 2, "each commit that waits is named once"
        assert all(each.startswith("Paused until ") for each in waited)
        status = stage.status("nginx")
        assert (status.health, status.reason) == (Health.SUSPENDED, Reason.PAUSED)
        assert "load test" in status.message
        assert stage.deployments("nginx") == [("nginx:1", "SUCCESSFUL")]
        stage.world.advance(2 * 3600)
        assert stage.deployments("nginx") == [("nginx:1", "SUCCESSFUL"), ("nginx:2", "SUCCESSFUL")]
        assert stage.record("nginx").paused is None
        assert stage.status("nginx").reason is Reason.SYNCED
        assert stage.failures() == []


def test_resume_ends_it_before_its_time() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        pause(stage)
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=5)
        stage.world.advance(1800)
        assert stage.service("nginx")["desiredCount"] == 5
        stage.until_asked("nginx", stage.request("resume", "nginx"))
        stage.world.advance(60)
        assert stage.service("nginx")["desiredCount"] == 2
        assert [event for event, _ in stage.history("nginx")][-3:] == ["Pause", "Resume", "DriftPutBack"]
        stage.an_ordinary_push_works()


def test_a_rollout_that_fails_during_a_pause_is_still_quarantined() -> None:
    with a_stage() as stage:
        stage.world.tasks.outcomes["sick:1"] = exits(3)
        stage.push({"nginx": a_manifest("nginx:1")})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.push({"nginx": a_manifest("sick:1")})
        stage.until_told("nginx", Reason.PROGRESSING)
        pause(stage)
        stage.until_heard("nginx", "RolledBack")
        assert stage.outcome("nginx") is Outcome.ROLLED_BACK
        assert len(stage.quarantine("nginx")) == 1
        assert stage.status("nginx").reason is Reason.PAUSED
