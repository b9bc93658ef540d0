"""template.yaml: what the controller is made of, what each function may do, and what reaches it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from ecs_gitops.model.names import Install
from ecs_gitops.model.settings import Settings
from sandbox.stack.expand import expand
from sandbox.world.world import World

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
ACCOUNT, REGION = "123456789012", "us-east-1"
CODECOMMIT = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/gitops-config"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tasks"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:token-a1b2c3"

FUNCTIONS = {"config_push", "reconciler", "rollout_events", "sweeper"}

KNOWS_NO_RESOURCE = {
    "ecs:DescribeTaskDefinition": "IAM has no resource for it: `*` or nothing",
    "ecs:DeregisterTaskDefinition": "IAM has no resource for it: `*` or nothing",
    "ecs:ListTaskDefinitions": "IAM has no resource for it: `*` or nothing",
    "application-autoscaling:DescribeScalableTargets": "IAM has no resource for its Describe calls",
}
"""The actions that stand beside `*`, and why an ARN would not do."""

MAY_BE_SILENT = {
    "WakeTooOldAlarm": "an idle queue reports nothing",
    "DeadLettersAlarm": "an empty queue reports nothing",
}
"""The alarms for which missing data is no bad news, and why."""

TAKEN_BY = {
    "cloudtrail-ecs-updateservice": {"ChangedOutside"},
    "cloudtrail-ecs-updateservice-by-autoscaling": {"ChangedOutside"},
    "codecommit-reference-updated-push": {"SourceChanged"},
    "ecs-deployment-completed": {"RolloutEventsFunctionDeploymentChanged"},
    "ecs-deployment-failed": {"RolloutEventsFunctionDeploymentChanged"},
    "ecs-deployment-in-progress": {"RolloutEventsFunctionDeploymentChanged"},
    "ecs-deployment-rollback-in-progress": {"RolloutEventsFunctionDeploymentChanged"},
    "ecs-service-steady-state": {"RolloutEventsFunctionServiceChanged"},
    "ecs-service-task-configuration-failure": {"RolloutEventsFunctionServiceChanged"},
    "ecs-service-task-placement-failure-ec2": {"RolloutEventsFunctionServiceChanged"},
    "ecs-service-task-placement-failure-fargate": {"RolloutEventsFunctionServiceChanged"},
    "ecs-service-task-start-impaired": {"RolloutEventsFunctionServiceChanged"},
    "ecs-task-stopped-essential-exit": {"RolloutEventsFunctionTaskStopped"},
    "ecs-task-stopped-failed-to-start": {"RolloutEventsFunctionTaskStopped"},
}
"""Sample → the rules that take it; every other sample is taken by none."""


def stack(**parameters: str) -> dict[str, dict[str, Any]]:
    """The template's resources as plain CloudFormation."""
    given = {"SourceUrl": CODECOMMIT, **parameters}
    text = (ROOT / "template.yaml").read_text()
    plain = expand(text, given, account=ACCOUNT, region=REGION, folder=ROOT)
    resources: dict[str, dict[str, Any]] = plain["Resources"]
    return resources


def applying(**parameters: str) -> dict[str, dict[str, Any]]:
    return stack(Mode="apply", PassableRoleArns=ROLE, **parameters)


def of_type(resources: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: body["Properties"] for name, body in resources.items() if body["Type"] == kind}


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(resources: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """(role, statement) of every role."""
    return [
        (role, statement)
        for role, properties in of_type(resources, "AWS::IAM::Role").items()
        for policy in properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def actions(resources: dict[str, dict[str, Any]], role: str = "") -> set[str]:
    return {
        action
        for owner, statement in statements(resources)
        if owner.startswith(role)
        for action in several(statement["Action"])
    }


def deployed(**parameters: str) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, str]]]:
    """Statements by their names, and the environments, of a stack that lives: nothing left to resolve."""
    found: dict[str, list[dict[str, Any]]] = {}
    with World.inline() as world:
        world.deploy(ROOT / "template.yaml", "gitops", {"SourceUrl": CODECOMMIT, **parameters})
        iam = world.client("iam")
        for role in iam.list_roles()["Roles"]:
            for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)
                for statement in policy["PolicyDocument"]["Statement"]:
                    found.setdefault(statement["Sid"], []).append(statement)
        functions = world.client("lambda").list_functions()["Functions"]
        return found, [function["Environment"]["Variables"] for function in functions]


def target(value: Any) -> str:
    """The logical id that a Ref or GetAtt names."""
    if isinstance(value, dict):
        inner = next(iter(value.values()))
        return str(inner[0] if isinstance(inner, list) else inner).partition(".")[0]
    return str(value)


def test_every_folder_of_functions_is_deployed_and_nothing_else():
    code = {
        Path(properties["Code"]["S3Key"]).name
        for properties in of_type(stack(), "AWS::Lambda::Function").values()
    }
    assert code == FUNCTIONS == {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}


def test_each_function_has_a_role_and_a_log_group_of_its_own():
    functions = of_type(stack(), "AWS::Lambda::Function").values()
    roles = [target(properties["Role"]) for properties in functions]
    logs = [target(properties["LoggingConfig"]["LogGroup"]) for properties in functions]
    assert len(set(roles)) == len(set(logs)) == len(FUNCTIONS)
    assert set(roles) == set(of_type(stack(), "AWS::IAM::Role"))


def test_every_right_is_a_statement_of_ours_with_a_name():
    resources = applying()
    for role, properties in of_type(resources, "AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in properties, role
        sids = [statement["Sid"] for owner, statement in statements(resources) if owner == role]
        assert len(sids) == len(set(sids)) > 1


def test_a_star_stands_only_where_iam_knows_no_resource():
    bare = {
        action
        for _, statement in statements(applying(SourceCredential=SECRET))
        if "*" in several(statement["Resource"])
        for action in several(statement["Action"])
    }
    assert bare == set(KNOWS_NO_RESOURCE)


def test_no_action_is_a_pattern():
    assert [action for action in actions(applying()) if "*" in action] == []


def is_write(action: str) -> bool:
    service, _, verb = action.partition(":")
    return service in ("ecs", "iam") and not re.match("Describe|List|Get", verb)


def test_an_install_that_observes_cannot_change_ecs():
    assert {action for action in actions(stack()) if is_write(action)} == set()
    assert {
        action for action in actions(stack(Mode="observe", PassableRoleArns=ROLE)) if is_write(action)
    } == set()


def test_an_install_that_applies_can_by_the_reconciler_alone():
    """The control of the test above."""
    writes = {
        (role, action) for role, found in statements(applying()) for action in several(found["Action"])
    }
    assert {(role, action) for role, action in writes if is_write(action)} == {
        ("ReconcilerRole", action)
        for action in (
            *("ecs:RegisterTaskDefinition", "ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService"),
            *("ecs:TagResource", "ecs:UntagResource", "iam:PassRole", "ecs:DeregisterTaskDefinition"),
        )
    }


def test_only_named_roles_are_passed_and_only_to_ecs():
    (passed,) = [found for _, found in statements(applying()) if found["Sid"] == "PassTaskRoles"]
    assert passed["Resource"] == [ROLE]
    assert passed["Condition"]["StringEquals"]["iam:PassedToService"] == [
        "ecs-tasks.amazonaws.com",
        "ecs.amazonaws.com",
    ]
    assert "iam:PassRole" not in actions(stack(Mode="apply"))


def test_a_list_of_names_becomes_a_list_of_arns():
    found, _ = deployed(Mode="apply", Clusters="prod,dev-*", ReadableStacks="platform,nginx")
    (change,), (outputs,) = found["ChangeServices"], found["ReadStackOutputs"]
    assert change["Resource"] == ["arn:*:ecs:*:*:service/prod/*", "arn:*:ecs:*:*:service/dev-*/*"]
    assert outputs["Resource"] == [
        "arn:*:cloudformation:*:*:stack/platform/*",
        "arn:*:cloudformation:*:*:stack/nginx/*",
    ]


def sends(resources: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """(role, queue) of every right to send."""
    return {
        (role, target(queue))
        for role, statement in statements(resources)
        if "sqs:SendMessage" in several(statement["Action"])
        for queue in several(statement["Resource"])
    }


def test_no_function_sends_to_the_queue_that_invokes_it():
    resources = applying()
    functions = of_type(resources, "AWS::Lambda::Function")
    invoked = {
        (target(functions[target(source["FunctionName"])]["Role"]), target(source["EventSourceArn"]))
        for source in of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    }
    assert invoked == {
        ("ConfigPushRole", "SourcesQueue"),
        ("ReconcilerRole", "ServicesQueue"),
        ("RolloutEventsRole", "TimerQueue"),
    }
    assert sends(resources) & invoked == set()
    assert ("ReconcilerRole", "TimerQueue") in sends(resources)
    assert ("SweeperRole", "SourcesQueue") in sends(resources)


def test_no_function_reserves_concurrency_and_every_source_bounds_it():
    resources = stack()
    for properties in of_type(resources, "AWS::Lambda::Function").values():
        assert "ReservedConcurrentExecutions" not in properties
    for properties in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        assert properties["ScalingConfig"]["MaximumConcurrency"] >= 2
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert properties["BatchSize"] <= 10


def test_a_message_comes_back_only_after_its_function_has_ended():
    resources = stack()
    functions, queues = of_type(resources, "AWS::Lambda::Function"), of_type(resources, "AWS::SQS::Queue")
    for source in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        queue = queues[target(source["EventSourceArn"])]
        assert queue["VisibilityTimeout"] > functions[target(source["FunctionName"])]["Timeout"]
        dead = queues[target(queue["RedrivePolicy"]["deadLetterTargetArn"])]
        assert queue.get("FifoQueue") == dead.get("FifoQueue")


def test_dead_letters_of_every_kind_ring_one_alarm():
    resources = stack()
    queues = {name for name in of_type(resources, "AWS::SQS::Queue") if name.endswith("DeadLetters")}
    metrics = resources["DeadLettersAlarm"]["Properties"]["Metrics"]
    counted = {each["Id"]: each["MetricStat"]["Metric"] for each in metrics if "MetricStat" in each}
    assert {target(each["Dimensions"][0]["Value"]) for each in counted.values()} == queues
    (total,) = [each["Expression"] for each in metrics if "Expression" in each]
    assert total == " + ".join(f"FILL({each}, 0)" for each in counted)


def test_every_function_is_told_what_the_settings_ask_for():
    _, environments = deployed(Clusters="prod,dev")
    assert len(environments) == len(FUNCTIONS)
    for told in environments:
        settings = Settings.from_env({**told, "AWS_REGION": REGION})
        assert settings.install == Install("gitops", ACCOUNT, REGION)
        assert (settings.source_url, settings.clusters) == (CODECOMMIT, ("prod", "dev"))
        assert (settings.observe, settings.source_id) == (True, "main")
        assert told["AWS_ENDPOINT_URL"] == ""


def test_what_is_remembered_outlives_the_stack():
    table = stack()["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("*.json")))
def test_a_sample_event_is_taken_by_the_rule_that_is_meant_for_it(name: str):
    sample = json.loads((EVENTS / f"{name}.json").read_text())
    rules = of_type(stack(), "AWS::Events::Rule")
    taking = {
        rule
        for rule, properties in rules.items()
        if "EventPattern" in properties
        and EventPattern.load(json.dumps(properties["EventPattern"])).matches_event(sample)
    }
    assert taking == TAKEN_BY.get(name, set())


def test_every_rule_takes_some_sample():
    patterned = {
        name for name, rule in of_type(stack(), "AWS::Events::Rule").items() if "EventPattern" in rule
    }
    assert set().union(*TAKEN_BY.values()) == patterned


def test_another_host_needs_neither_the_rule_nor_the_right():
    resources = stack(SourceUrl="https://git.example.com/team/config.git", SourceCredential=SECRET)
    assert "SourceChanged" not in resources
    assert "codecommit:GitPull" not in actions(resources)
    tokens = [found["Resource"] for _, found in statements(resources) if found["Sid"] == "ReadToken"]
    assert tokens == [SECRET, SECRET]


def test_codecommit_may_be_pulled_from_that_one_repository():
    found, _ = deployed()
    repository = f"arn:aws:codecommit:{REGION}:{ACCOUNT}:gitops-config"
    assert [each["Resource"] for each in found["ReadRepository"]] == [repository, repository]


def test_missing_data_is_bad_news_for_every_alarm_that_should_hear_something():
    alarms = of_type(stack(), "AWS::CloudWatch::Alarm")
    silent = {name for name, alarm in alarms.items() if alarm["TreatMissingData"] != "breaching"}
    assert silent == set(MAY_BE_SILENT)
    assert len(alarms) > len(silent)


def pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\]+)", path.read_text(), re.MULTILINE)
    return {name.lower(): version for name, version in found}


def test_the_layer_holds_the_versions_that_are_tested():
    locked = pins(ROOT / "requirements.lock")
    layer = pins(ROOT / "layers" / "dependencies" / "requirements.txt")
    assert {name: locked[name] for name in layer} == layer
    assert len(layer) >= 4
