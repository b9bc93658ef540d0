"""What may be done without asking: nothing in an install that observes, only on request in manual mode."""

from __future__ import annotations

import json

from ecs_gitops.model.vocabulary import Health, Reason, Sync
from tests.scenarios.stage import CLUSTER, WRITES, Stage, a_manifest, a_stage

OLD, NEW = "nginx:1", "nginx:2"
MANUAL = {"mode": "manual"}


def granted(stage: Stage) -> set[str]:
    """Every action that a role of the deployed controller may use."""
    iam = stage.world.client("iam")
    found: set[str] = set()
    for function in ("ConfigPush", "Reconciler", "RolloutEvents", "Sweeper"):
        role = stage.resource(f"{function}Role")
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in document["Statement"]:
                actions = statement["Action"]
                found.update([actions] if isinstance(actions, str) else actions)
    return found


def test_an_install_that_observes_reports_and_may_write_nothing() -> None:
    with a_stage(Mode="observe", FullSweepInterval="60") as stage:
        assert [action for action in granted(stage) if action.startswith(WRITES)] == []
        commit = stage.push({"nginx": a_manifest(NEW)})
        stage.until_told("nginx", Reason.OBSERVE, commit)
        status = stage.status("nginx")
        assert (status.sync, status.health, status.message) == (
            Sync.OUT_OF_SYNC,
            Health.MISSING,
            "Nothing is applied: the install (stack parameter Mode) or the manifest (reconcile.mode) "
            "only observes.",
        )
        stage.until_asked("nginx", stage.request("sync", "nginx"))
        stage.world.advance(130)
        assert stage.writes() == []
        assert stage.service("nginx") == {}
        assert stage.failures() == []


def test_the_deployed_roles_of_an_install_that_applies_may_write() -> None:
    # the control of the empty list above
    with a_stage() as stage:
        assert "ecs:UpdateService" in granted(stage)


def test_from_observe_to_apply_what_was_reported_is_done() -> None:
    with a_stage(Mode="observe", FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(NEW)})
        stage.until_told("nginx", Reason.OBSERVE)
        stage.update(Mode="apply", FullSweepInterval="60")
        stage.until_rolled_out("nginx", NEW)
        stage.an_ordinary_push_works()


def test_upgrading_the_controller_starts_no_deployment() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(OLD)})
        stage.until_rolled_out("nginx", OLD)
        stage.update(FullSweepInterval="61")
        stage.world.advance(130)
        assert stage.writes() == ["ecs:RegisterTaskDefinition", "ecs:CreateService"]
        stage.an_ordinary_push_works()


def test_in_manual_mode_nothing_is_applied_until_sync() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(OLD)})
        stage.until_rolled_out("nginx", OLD)
        stage.push({"nginx": a_manifest(NEW, reconcile=MANUAL)})
        stage.until_told("nginx", Reason.MANUAL)
        status = stage.status("nginx")
        assert (status.sync, status.message) == (
            Sync.OUT_OF_SYNC,
            "reconcile.mode is manual: apply it with `ecs-gitops sync handson/nginx`.",
        )
        stage.world.advance(130)
        assert stage.image("nginx") == OLD
        stage.request("sync", "nginx")
        stage.until_rolled_out("nginx", NEW)
        assert stage.record("nginx").attempt.cause == "sync"
        stage.an_ordinary_push_works()


def test_a_request_is_recorded_with_who_sent_it() -> None:
    with a_stage() as stage:
        stage.push({"nginx": a_manifest(OLD, reconcile=MANUAL)})
        stage.until_told("nginx", Reason.MANUAL)
        iam = stage.world.client("iam")
        iam.create_user(UserName="ada")
        queue = stage.controller.settings.services_queue_url
        allowed = [
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
            {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"},
            {"Effect": "Allow", "Action": "dynamodb:BatchGetItem", "Resource": "*"},
        ]
        text = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_user_policy(UserName="ada", PolicyName="Ask", PolicyDocument=text)
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        request = stage.request("sync", "nginx", key["AccessKeyId"], key["SecretAccessKey"])
        stage.until_asked("nginx", request)
        stage.until_rolled_out("nginx", OLD)
        ada = iam.get_user(UserName="ada")["User"]["UserId"]
        told = stage.lines("nginx")
        assert [(each.event, each.sender, each.message) for each in told[:2]] == [
            ("Sync", ada, "Asked to sync."),
            ("Created", ada, f"The service was created. {ada} asked for it."),
        ], queue
        stage.an_ordinary_push_works()


def test_a_cluster_outside_the_install_is_listed_and_left_alone() -> None:
    with a_stage(Clusters="other", FullSweepInterval="60") as stage:
        commit = stage.push({"nginx": a_manifest(OLD)})
        stage.until_told("nginx", Reason.OUT_OF_SCOPE)
        status = stage.status("nginx")
        assert (status.sync, status.desired_commit) == (Sync.UNKNOWN, commit)
        assert status.message == (
            f"desired_state/{CLUSTER}/nginx.yaml is valid, but cluster {CLUSTER} is none of those this "
            "install may manage. Add it to the stack parameter Clusters."
        )
        stage.world.advance(130)
        assert (stage.writes(), stage.failures()) == ([], [])
        stage.update(Clusters=CLUSTER, FullSweepInterval="60")
        stage.until_rolled_out("nginx", OLD)  # with no further push
        stage.an_ordinary_push_works()


def test_a_cluster_that_the_install_may_manage_no_more_is_left_alone_from_then_on() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(OLD)})
        stage.until_rolled_out("nginx", OLD)
        stage.update(Clusters="other", FullSweepInterval="60")
        stage.until_told("nginx", Reason.OUT_OF_SCOPE)
        before = stage.writes()
        stage.world.client("ecs").update_service(cluster=CLUSTER, service="nginx", desiredCount=5)
        stage.world.advance(130)
        assert (stage.writes(), stage.failures()) == (before, [])
        stage.update(Clusters=CLUSTER, FullSweepInterval="60")
        stage.until_told("nginx", Reason.SYNCED)
        assert stage.service("nginx")["desiredCount"] == 2
