"""`rollout.waitFor`: the order of rollouts within one commit, and what waits when the first one fails."""

from __future__ import annotations

from ecs_gitops.model.vocabulary import Reason, Sync
from sandbox.tasks.simulated import WELL, TaskOutcome, exits
from tests.scenarios.stage import CLUSTER, Stage, a_manifest, a_stage

FIRST, SECOND = "auth:1", "auth:2"


def both(stage: Stage, tag: str) -> str:
    """One commit that changes both: web waits for auth."""
    auth = a_manifest(f"auth:{tag}", 1, family="auth")
    web = a_manifest(f"web:{tag}", 1, family="web", rollout={"waitFor": ["handson/auth"]})
    return stage.push({"auth": auth, "web": web})


def begun(stage: Stage, name: str) -> list[float]:
    """When each deployment of a service was started."""
    found: dict[str, float] = {}
    for entry in stage.world.journal:
        if entry.kind == "deployment" and entry.detail["service"] == f"handson/{name}":
            found.setdefault(entry.detail["id"], entry.at)
    return list(found.values())


def ended(stage: Stage, name: str) -> list[float]:
    """When each deployment of a service had succeeded."""
    return [
        entry.at
        for entry in stage.world.journal
        if entry.kind == "deployment"
        and (entry.detail["service"], entry.detail["status"]) == (f"handson/{name}", "SUCCESSFUL")
    ]


def test_one_is_rolled_out_after_the_other_where_one_commit_changes_both() -> None:
    with a_stage() as stage:
        for tag in ("1", "2"):
            both(stage, tag)
            stage.until_told("web", Reason.WAITING_FOR)
            assert stage.status("web").message == (
                "Waits until handson/auth is rolled out, which the same commit changes."
            )
            stage.until_rolled_out("web", f"web:{tag}")
        assert len(begun(stage, "web")) == len(ended(stage, "auth")) == 2
        assert all(web > auth for web, auth in zip(begun(stage, "web"), ended(stage, "auth"), strict=True))
        assert (stage.plan("auth"), stage.plan("web")) == ([], [])
        assert stage.failures() == []
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_without_wait_for_both_start_together() -> None:
    # the control of the order above
    with a_stage() as stage:
        stage.push({"auth": a_manifest(FIRST, family="auth"), "web": a_manifest("web:1", family="web")})
        stage.until_rolled_out("web", "web:1")
        assert begun(stage, "web")[0] < ended(stage, "auth")[0]


def test_what_depends_on_a_failure_stays_where_it_is_until_the_failure_is_mended() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        both(stage, "1")
        stage.until_rolled_out("web", "web:1")
        stage.world.tasks.outcomes[SECOND] = exits(1)
        bad = both(stage, "2")
        stage.until_told("auth", Reason.ROLLED_BACK, bad)
        stage.world.advance(130)
        status = stage.status("web")
        assert (status.sync, status.reason) == (Sync.OUT_OF_SYNC, Reason.WAITING_FOR)
        assert status.message == (
            "Waits until handson/auth is rolled out, which the same commit changes. handson/auth failed: "
            "push a fix of it, or run `ecs-gitops retry handson/auth`."
        )
        assert stage.deployments("web") == [("web:1", "SUCCESSFUL")]
        stage.world.tasks.outcomes[SECOND] = WELL
        stage.request("retry", "auth")
        stage.until_rolled_out("web", "web:2")
        assert (stage.image("auth"), stage.image("web")) == (SECOND, "web:2")
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_fix_of_the_first_alone_lets_the_second_go() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        both(stage, "1")
        stage.until_rolled_out("web", "web:1")
        stage.world.tasks.outcomes[SECOND] = exits(1)
        bad = both(stage, "2")
        stage.until_told("auth", Reason.ROLLED_BACK, bad)
        stage.push({"auth": a_manifest("auth:3", 1, family="auth")})
        stage.until_rolled_out("web", "web:2")
        assert ended(stage, "auth")[-1] < begun(stage, "web")[-1]
        stage.an_ordinary_push_works("web", family="web", count=1)


def test_a_fix_of_the_first_goes_first_also_when_the_second_is_looked_at_meanwhile() -> None:
    with a_stage() as stage:
        both(stage, "1")
        stage.until_rolled_out("web", "web:1")
        stage.world.tasks.outcomes[SECOND] = exits(1)
        stage.until_told("auth", Reason.ROLLED_BACK, both(stage, "2"))
        stage.until_told("web", Reason.WAITING_FOR)
        stage.push({"auth": a_manifest("auth:3", 1, family="auth")})
        stage.until(lambda: len(begun(stage, "auth")) == 3, "the rollout of the fix")
        stage.until_asked("web", stage.request("sync", "web"))
        stage.until_rolled_out("web", "web:2")
        assert begun(stage, "web")[-1] > ended(stage, "auth")[-1]
        assert stage.image("auth") == "auth:3"


def test_a_default_stated_beside_a_change_in_place_counts_as_told() -> None:
    """ECS has the default anyway: no call carries it, and nobody looks at the first one again."""
    with a_stage() as stage:
        both(stage, "1")
        stage.until_rolled_out("web", "web:1")
        stated = "service:\n  availabilityZoneRebalancing: DISABLED\n  enableExecuteCommand: false\n"
        auth = a_manifest(FIRST, 1, family="auth").replace("service:\n", stated)
        web = a_manifest("web:2", 1, family="web", rollout={"waitFor": ["handson/auth"]})
        commit = stage.push({"auth": auth, "web": web})
        stage.until_rolled_out("web", "web:2")
        assert stage.status("auth").applied_commit == commit
        sent = stage.calls("ecs:UpdateService")[0]["params"]
        assert sent == {"cluster": CLUSTER, "service": "auth", "availabilityZoneRebalancing": "DISABLED"}


def test_what_waits_while_an_older_rollout_goes_on_says_so() -> None:
    with a_stage() as stage:
        both(stage, "1")
        stage.until_rolled_out("web", "web:1")
        stage.world.tasks.outcomes["web:2"] = stage.world.tasks.outcomes["auth:3"] = TaskOutcome(start=200)
        order = {"waitFor": ["handson/auth"]}
        older = stage.push({"web": a_manifest("web:2", 1, family="web", rollout=order)})
        stage.until_told("web", Reason.PROGRESSING, older)
        newest = both(stage, "3")
        status = stage.until_told("web", Reason.PROGRESSING, newest)
        waits = "Waits until handson/auth is rolled out, which the same commit changes."
        assert status.message == f"Rolling out commit {older[:7]}: 1 of 1 tasks are running. {waits}"
        stage.until_rolled_out("web", "web:3")
