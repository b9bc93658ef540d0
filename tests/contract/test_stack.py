"""From a template to living resources, and through its changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stack.expand import expand
from sandbox.stack.known import KNOWN
from sandbox.stack.resolving import StackError
from sandbox.world.world import World
from tests.contract.little_stack import TEMPLATE, little_stack, write_functions

ROOT = Path(__file__).parents[2]
SOURCE = {"SourceUrl": "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/config"}


def plain(text: str, folder: Path, **parameters: str) -> dict[str, Any]:
    return expand(text, parameters, account="123456789012", region="us-east-1", folder=folder)


def resources(*lines: str) -> str:
    return "Resources:\n" + "\n".join(f"  {line}" for line in lines)


def test_local_code_is_kept_as_a_place_on_this_machine(tmp_path: Path):
    write_functions(tmp_path)
    made = plain(TEMPLATE, tmp_path)["Resources"]
    place = str((tmp_path / "worker").resolve()).lstrip("/")
    code = made["Worker"]["Properties"]["Code"]
    assert (code["S3Bucket"], code["S3Key"]) == ("sandbox", place)


def test_changed_code_runs_after_the_next_deployment(tmp_path: Path):
    with little_stack(tmp_path, "def handler(event, context):\n    return 1\n") as stack:
        client = stack.world.client("lambda")

        def payload() -> bytes:
            return client.invoke(FunctionName=stack.outputs["Worker"])["Payload"].read()

        assert payload() == b"1"
        (tmp_path / "worker" / "app.py").write_text("def handler(event, context):\n    return 'two'\n")
        assert payload() == b"1"
        stack.deploy()
        assert payload() == b'"two"'


def test_a_parameter_a_condition_and_nothing_are_decided_at_expansion(tmp_path: Path):
    text = """
Parameters:
  Mode: {Type: String, Default: observe}
  Names: {Type: CommaDelimitedList, Default: "a,b"}
  Days: {Type: Number, Default: 30}
Conditions:
  Applies: !And [!Equals [!Ref Mode, apply], !Not [!Equals [!Join ["", !Ref Names], ""]]]
Resources:
  Always:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Name: !Sub "/${Mode}/${AWS::StackName}"
      Value: !Join ["/", !Ref Names]
      Description: !If [Applies, applied, !Ref AWS::NoValue]
  Sometimes:
    Condition: Applies
    Type: AWS::Logs::LogGroup
    Properties: {RetentionInDays: !Ref Days}
Outputs:
  Group: {Condition: Applies, Value: !Ref Sometimes}
"""
    observed, applied = plain(text, tmp_path), plain(text, tmp_path, Mode="apply")
    assert observed["Resources"]["Always"]["Properties"] == {
        "Type": "String",
        "Name": {"Fn::Sub": "/observe/${AWS::StackName}"},
        "Value": {"Fn::Join": ["/", ["a", "b"]]},
    }
    assert (list(observed["Resources"]), observed["Outputs"]) == (["Always"], {})
    assert applied["Resources"]["Always"]["Properties"]["Description"] == "applied"
    assert applied["Resources"]["Sometimes"]["Properties"] == {"RetentionInDays": 30}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            resources("A: {Type: AWS::SQS::Que}"),
            "A: unknown type AWS::SQS::Que, did you mean AWS::SQS::Queue?",
        ),
        (
            resources("A: {Type: AWS::SQS::Queue, Properties: {Visibility: 1}}"),
            "A: AWS::SQS::Queue has no Visibility in the sandbox's list",
        ),
        (
            resources("A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref B}}"),
            "A: refers to B, which the template does not define",
        ),
        (
            resources('A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${B.Arn}"}}'),
            "A: refers to B, which the template does not define",
        ),
        (resources("A: {Condition: Unknown, Type: AWS::SQS::Queue}"), "Unresolved condition Unknown"),
        ("Parameters: {P: {Type: String}}\n" + resources("A: {Type: AWS::SQS::Queue}"), "must have values"),
    ],
)
def test_what_the_sandbox_would_make_only_in_part_is_refused(tmp_path: Path, text: str, says: str):
    with pytest.raises(StackError) as refusal:
        plain(text, tmp_path)
    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"P": "x"}, "Parameter 'P' must be one of AllowedValues"),
        ({"Q": "Q"}, "Parameter 'Q' must match pattern"),
        ({"N": "many"}, "Parameter 'N' must be a number"),
        ({"Z": "1"}, r"Parameters: \[Z\] do not exist"),
    ],
)
def test_parameters_are_refused_as_cloudformation_does(tmp_path: Path, given: dict[str, str], says: str):
    text = """
Parameters:
  P: {Type: String, Default: a, AllowedValues: [a, b]}
  Q: {Type: String, Default: q, AllowedPattern: "[a-z]+"}
  N: {Type: Number, Default: 1}
""" + resources("A: {Type: AWS::SQS::Queue}")
    with pytest.raises(StackError, match=says):
        plain(text, tmp_path, **given)
    assert plain(text, tmp_path)


def test_a_client_of_cloudformation_meets_the_same_refusals():
    body = json.dumps({"Resources": {"A": {"Type": "AWS::Nothing::AtAll"}}})
    with World.inline() as world, pytest.raises(ClientError, match="AWS::Nothing::AtAll"):
        world.client("cloudformation").create_stack(StackName="s", TemplateBody=body)


def test_every_resource_of_a_template_is_made(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        client = stack.world.client("cloudformation")
        made = client.describe_stack_resources(StackName="little")["StackResources"]
        wanted = plain(TEMPLATE, tmp_path)["Resources"]
    assert {m["LogicalResourceId"]: m["ResourceType"] for m in made} == {
        name: body["Type"] for name, body in wanted.items()
    }
    assert all(m["PhysicalResourceId"] for m in made)
    assert stack.outputs["Work"].endswith("/little-Work.fifo")


def test_a_changed_parameter_reaches_a_function_and_nothing_else_changes(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        before = dict(stack.outputs)
        stack.deploy(Greeting="good evening")
        config = stack.world.client("lambda").get_function_configuration(
            FunctionName=stack.outputs["Worker"]
        )
        assert stack.outputs == before
    assert config["Environment"]["Variables"] == {"GREETING": "good evening", "TABLE": before["Table"]}


def test_a_changed_template_changes_queues_rules_and_roles(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        text = TEMPLATE.replace("VisibilityTimeout: 30", "VisibilityTimeout: 45")
        text = text.replace("test.push", "test.pull").replace('"dynamodb:*"', '"dynamodb:GetItem"')
        (tmp_path / "template.yaml").write_text(text)
        stack.deploy()
        sqs, iam = stack.world.client("sqs"), stack.world.client("iam")
        queue = sqs.get_queue_attributes(QueueUrl=stack.outputs["Work"], AttributeNames=["All"])[
            "Attributes"
        ]
        assert (queue["VisibilityTimeout"], "deadLetterTargetArn" in queue["RedrivePolicy"]) == ("45", True)
        (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if "WorkerRole" in r["RoleName"]]
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        assert document["Statement"][0]["Action"] == "dynamodb:GetItem"
        stack.world.wires.bus.emit("test.push", "t", {})
        stack.world.advance(1)
        assert stack.events() == []
        stack.world.wires.bus.emit("test.pull", "t", {})
        stack.world.advance(1)
        assert len(stack.events()) == 1


def test_a_resource_that_leaves_the_template_is_gone_and_a_new_one_is_there(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        kept, _, rest = TEMPLATE.partition("  Pushed:\n")
        outputs = "Outputs:\n" + rest.partition("Outputs:\n")[2]
        more = "  More:\n    Type: AWS::SQS::Queue\n"
        (tmp_path / "template.yaml").write_text(kept + more + outputs)
        stack.deploy()
        rules = stack.world.client("events").list_rules()["Rules"]
        assert not [rule for rule in rules if "Pushed" in rule["Name"]]
        assert [url for url in stack.world.client("sqs").list_queues()["QueueUrls"] if "little-More" in url]


def test_what_cloudformation_would_replace_is_refused(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        text = TEMPLATE.replace("FifoQueue: true\n", "FifoQueue: true\n      QueueName: other.fifo\n")
        (tmp_path / "template.yaml").write_text(text)
        with pytest.raises(ClientError, match="does not replace"):
            stack.deploy()


def test_a_deleted_stack_leaves_nothing_behind(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        stack.world.client("cloudformation").delete_stack(StackName="little")
        stack.world.advance(300)
        assert stack.world.client("sqs").list_queues().get("QueueUrls", []) == []
        assert stack.world.client("events").list_rules()["Rules"] == []
        assert stack.world.client("lambda").list_functions()["Functions"] == []
        assert stack.world.client("dynamodb").list_tables()["TableNames"] == []
        assert stack.world.client("iam").list_roles()["Roles"] == []
        assert (stack.events(), stack.events("Watcher")) == ([], [])


def test_managed_policies_of_aws_are_attached_and_made_up_ones_refused(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        iam = stack.world.client("iam")
        (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if "WorkerRole" in r["RoleName"]]
        names = [
            p["PolicyName"] for p in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        ]
        assert names == ["AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"]
        text = TEMPLATE.replace(
            "      Policies:\n", "      Policies:\n        - arn:aws:iam::aws:policy/NoSuchPolicyAtAll\n"
        )
        (tmp_path / "template.yaml").write_text(text)
        with pytest.raises(ClientError, match="NoSuchPolicyAtAll"):
            stack.deploy()


def deploy_ours(world: World, **more: str) -> dict[str, str]:
    return world.deploy(ROOT / "template.yaml", "gitops", {**SOURCE, **more})


def reconcilers_policies(world: World) -> set[str]:
    iam = world.client("iam")
    (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if "ReconcilerRole" in r["RoleName"]]
    return set(iam.list_role_policies(RoleName=role)["PolicyNames"])


def test_the_products_own_template_is_made_and_changes_its_mode():
    with World.inline() as world:
        outputs = deploy_ours(world)
        assert outputs["ServicesQueueUrl"].endswith("/gitops-services.fifo")
        assert reconcilers_policies(world) == {"Observe"}
        role = "arn:aws:iam::123456789012:role/task"
        assert deploy_ours(world, Mode="apply", PassableRoleArns=role)["Mode"] == "apply"
        assert reconcilers_policies(world) == {"Observe", "Apply", "PassRoles"}
        deploy_ours(world)
        assert reconcilers_policies(world) == {"Observe"}


def test_every_known_property_is_one_or_the_other():
    for kind, known in KNOWN.items():
        assert not known.acts & known.ignores, kind


def test_the_platform_changes_and_goes_without_a_trace():
    with World.inline() as world:
        network = ROOT / "platform" / "network.yaml"
        before = world.deploy(network, "platform", {})
        assert (
            world.deploy(network, "platform", {"InstancesMax": "2", "ListenerCidr": "10.0.0.0/8"}) == before
        )
        world.client("cloudformation").delete_stack(StackName="platform")
        assert world.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
        (cluster,) = world.client("ecs").describe_clusters(clusters=["handson"])["clusters"]
        assert cluster["status"] == "INACTIVE"
        vpcs = world.client("ec2").describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["false"]}])[
            "Vpcs"
        ]
        assert vpcs == []
        assert world.client("iam").list_roles()["Roles"] == []
