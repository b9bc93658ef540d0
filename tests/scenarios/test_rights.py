"""A right that a role lacks: refused at the door, told, nothing else lost, and mended by giving it back."""

from __future__ import annotations

import json

import pytest

from ecs_gitops.model.vocabulary import Health, Reason, Sync
from sandbox.world.world import ACCOUNT, REGION
from tests.scenarios.stage import Stage, a_manifest, a_stage

OLD, NEW = "nginx:1", "nginx:2"
REGISTER = "register task definition nginx-task"


class Role:
    """The role of one function, whose statements can be taken away and given back."""

    def __init__(self, stage: Stage, function: str) -> None:
        self._iam = stage.world.client("iam")
        self.name = stage.resource(f"{function}Role")
        names = self._iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        found = [self._iam.get_role_policy(RoleName=self.name, PolicyName=name) for name in names]
        self._whole = {each["PolicyName"]: each["PolicyDocument"] for each in found}

    def lose(self, sid: str) -> None:
        """Take away one statement."""
        for name, document in self._whole.items():
            kept = [each for each in document["Statement"] if each["Sid"] != sid]
            if len(kept) < len(document["Statement"]):
                self._put(name, {**document, "Statement": kept})
                return
        raise AssertionError(f"{self.name} has no statement {sid}")

    def mend(self) -> None:
        """Give everything back."""
        for name, document in self._whole.items():
            self._put(name, document)

    def _put(self, name: str, document: object) -> None:
        text = json.dumps(document)
        self._iam.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=text)


def denied(stage: Stage, what: str, action: str, resource: str) -> str:
    """What a person is told, in the end in AWS's own sentence."""
    role, function = stage.resource("ReconcilerRole"), stage.resource("ReconcilerFunction")
    return (
        f"cannot {what}: User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{function} is not authorized to "
        f"perform: {action} on resource: arn:aws:ecs:{REGION}:{ACCOUNT}:{resource} because no "
        f"identity-based policy allows the {action} action"
    )


@pytest.mark.parametrize(
    ("sid", "action", "what", "resource"),
    [
        ("RegisterRevisions", "ecs:RegisterTaskDefinition", REGISTER, "task-definition/nginx-task:*"),
        ("TagNewRevisions", "ecs:TagResource", REGISTER, "task-definition/nginx-task:*"),
        ("ChangeServices", "ecs:UpdateService", "update service handson/nginx", "service/handson/nginx"),
    ],
)
def test_a_rollout_without_the_right_is_refused_at_the_door_and_told(
    sid: str, action: str, what: str, resource: str
) -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(OLD)})
        stage.until_rolled_out("nginx", OLD)
        role = Role(stage, "Reconciler")
        role.lose(sid)
        commit = stage.push({"nginx": a_manifest(NEW)})
        stage.until_told("nginx", Reason.REFUSED, commit)
        status = stage.status("nginx")
        assert (status.sync, status.health) == (Sync.OUT_OF_SYNC, Health.HEALTHY)
        assert status.message == denied(stage, what, action, resource)
        assert stage.refused() == [action]
        assert stage.image("nginx") == OLD
        role.mend()
        stage.until_rolled_out("nginx", NEW)
        assert ("Refused", denied(stage, what, action, resource)) in stage.history("nginx")
        assert stage.deployments("nginx") == [(OLD, "SUCCESSFUL"), (NEW, "SUCCESSFUL")]
        assert stage.quarantine("nginx") == ()
        stage.an_ordinary_push_works()


@pytest.mark.parametrize(
    ("function", "sid", "action"),
    [
        ("ConfigPush", "WriteDesiredRecords", "dynamodb:UpdateItem"),
        ("ConfigPush", "ListDesiredRecords", "dynamodb:Query"),
        ("ConfigPush", "WakeServices", "sqs:SendMessage"),
        ("ConfigPush", "ReadRepository", "codecommit:GitPull"),
        ("Reconciler", "KeepRecords", "dynamodb:BatchGetItem"),
        ("Reconciler", "ReadServices", "ecs:DescribeServices"),
        ("RolloutEvents", "WakeServices", "sqs:SendMessage"),
        ("RolloutEvents", "KeepStoppedTasks", "dynamodb:BatchGetItem"),
        ("Sweeper", "ReadServices", "ecs:DescribeServices"),
        ("Sweeper", "ListRecords", "dynamodb:Query"),
    ],
)
def test_whatever_right_is_lacking_a_push_is_rolled_out_once_it_is_there(
    function: str, sid: str, action: str
) -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(OLD)})
        stage.until_rolled_out("nginx", OLD)
        role = Role(stage, function)
        role.lose(sid)
        stage.push({"nginx": a_manifest(NEW)})
        stage.world.advance(90)
        assert stage.refused() == [action]
        role.mend()
        stage.until_rolled_out("nginx", NEW)
        assert stage.deployments("nginx") == [(OLD, "SUCCESSFUL"), (NEW, "SUCCESSFUL")]
        stage.an_ordinary_push_works()


def test_what_cannot_be_looked_at_is_unknown() -> None:
    with a_stage(FullSweepInterval="60") as stage:
        stage.push({"nginx": a_manifest(OLD)})
        stage.until_rolled_out("nginx", OLD)
        role = Role(stage, "Reconciler")
        role.lose("ReadServices")
        commit = stage.push({"nginx": a_manifest(NEW)})
        stage.until_told("nginx", Reason.REFUSED, commit)
        status = stage.status("nginx")
        assert (status.sync, status.health) == (Sync.UNKNOWN, Health.UNKNOWN)
        look, service = "look at services of cluster handson", "service/handson/nginx"
        assert status.message == denied(stage, look, "ecs:DescribeServices", service)
        assert stage.writes() == ["ecs:RegisterTaskDefinition", "ecs:CreateService"]
