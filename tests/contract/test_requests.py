"""What boto3 really sends, read at the door: operation → IAM's action, resources and condition keys."""

from __future__ import annotations

import pytest

from sandbox.front.iam import Call
from sandbox.front.protocols import read
from sandbox.front.requests import calls
from sandbox.front.wsgi import Request
from tests.contract.wire import KNOWN, SECRET, TASK_ROLE, R, Row, needed

TABLE = f"arn:aws:dynamodb:{R}:table/state"
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/services.fifo"
QUEUE = f"arn:aws:sqs:{R}:services.fifo"
KEY = {"pk": {"S": "a"}, "sk": {"S": "record"}}
LEADING = {"dynamodb:leadingkeys": ("a",)}
NS = "application-autoscaling:service-namespace"
DIMENSION = "application-autoscaling:scalable-dimension"
SCALED = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/handson/nginx",
    "ScalableDimension": "ecs:service:DesiredCount",
}
RULE = f"arn:aws:elasticloadbalancing:{R}:listener-rule/app/web/1/2/3"
ROWS = [
    Row("dynamodb", "get_item", {"TableName": "state", "Key": KEY}, "dynamodb:GetItem", (TABLE,), LEADING),
    Row("dynamodb", "put_item", {"TableName": "state", "Item": KEY}, "dynamodb:PutItem", (TABLE,), LEADING),
    Row("dynamodb", "get_item", {"TableName": TABLE, "Key": KEY}, "dynamodb:GetItem", (TABLE,), LEADING),
    Row(
        "dynamodb",
        "query",
        {
            "TableName": "state",
            "KeyConditionExpression": "#p = :p AND begins_with(sk, :s)",
            "ExpressionAttributeNames": {"#p": "pk"},
            "ExpressionAttributeValues": {":p": {"S": "a"}, ":s": {"S": "history#"}},
        },
        "dynamodb:Query",
        (TABLE,),
        LEADING,
    ),
    Row(
        "dynamodb",
        "query",
        {"TableName": "state", "IndexName": "fleet"},
        "dynamodb:Query",
        (f"{TABLE}/index/fleet",),
    ),
    Row("dynamodb", "describe_table", {"TableName": "state"}, "dynamodb:DescribeTable", (TABLE,)),
    Row("dynamodb", "list_tables", {}, "dynamodb:ListTables"),
    Row("sqs", "send_message", {"QueueUrl": QUEUE_URL, "MessageBody": "x"}, "sqs:SendMessage", (QUEUE,)),
    Row("sqs", "send_message_batch", {"QueueUrl": QUEUE_URL, "Entries": []}, "sqs:SendMessage", (QUEUE,)),
    Row(
        "sqs", "delete_message_batch", {"QueueUrl": QUEUE_URL, "Entries": []}, "sqs:DeleteMessage", (QUEUE,)
    ),
    Row("sqs", "get_queue_url", {"QueueName": "services.fifo"}, "sqs:GetQueueUrl", (QUEUE,)),
    Row("sqs", "list_queues", {}, "sqs:ListQueues"),
    Row(
        "lambda",
        "invoke",
        {"FunctionName": "push"},
        "lambda:InvokeFunction",
        (f"arn:aws:lambda:{R}:function:push",),
    ),
    Row(
        "lambda",
        "get_function",
        {"FunctionName": f"arn:aws:lambda:{R}:function:push"},
        "lambda:GetFunction",
        (f"arn:aws:lambda:{R}:function:push",),
    ),
    Row("lambda", "list_functions", {}, "lambda:ListFunctions"),
    Row(
        "cloudformation",
        "describe_stacks",
        {"StackName": "platform"},
        "cloudformation:DescribeStacks",
        (f"arn:aws:cloudformation:{R}:stack/platform/*",),
    ),
    Row("cloudformation", "describe_stacks", {}, "cloudformation:DescribeStacks"),
    Row("ssm", "get_parameter", {"Name": "/a/b"}, "ssm:GetParameter", (f"arn:aws:ssm:{R}:parameter/a/b",)),
    Row(
        "ssm",
        "get_parameters",
        {"Names": ["/a", "/aws/service/ecs"]},
        "ssm:GetParameters",
        (f"arn:aws:ssm:{R}:parameter/a", "arn:aws:ssm:us-east-1::parameter/aws/service/ecs"),
    ),
    Row(
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "git-token"},
        "secretsmanager:GetSecretValue",
        (SECRET,),
    ),
    Row(
        "secretsmanager",
        "describe_secret",
        {"SecretId": SECRET},
        "secretsmanager:DescribeSecret",
        (SECRET,),
    ),
    Row("ecr", "get_authorization_token", {}, "ecr:GetAuthorizationToken"),
    Row(
        "ecr",
        "describe_repositories",
        {"repositoryNames": ["ecs-handson/nginx"]},
        "ecr:DescribeRepositories",
        (f"arn:aws:ecr:{R}:repository/ecs-handson/nginx",),
    ),
    Row(
        "ecr",
        "describe_images",
        {"repositoryName": "ecs-handson/nginx"},
        "ecr:DescribeImages",
        (f"arn:aws:ecr:{R}:repository/ecs-handson/nginx",),
    ),
    Row(
        "elbv2",
        "describe_target_health",
        {"TargetGroupArn": "arn:x"},
        "elasticloadbalancing:DescribeTargetHealth",
    ),
    Row("elbv2", "modify_rule", {"RuleArn": RULE}, "elasticloadbalancing:ModifyRule", (RULE,)),
    Row(
        "application-autoscaling",
        "register_scalable_target",
        SCALED,
        "application-autoscaling:RegisterScalableTarget",
        (f"arn:aws:application-autoscaling:{R}:scalable-target/*",),
        {NS: ("ecs",), DIMENSION: ("ecs:service:DesiredCount",)},
    ),
    Row(
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "ecs"},
        "application-autoscaling:DescribeScalableTargets",
        ("*",),
        {NS: ("ecs",)},
    ),
    Row(
        "logs",
        "put_log_events",
        {"logGroupName": "/g", "logStreamName": "s", "logEvents": []},
        "logs:PutLogEvents",
        (f"arn:aws:logs:{R}:log-group:/g:log-stream:s",),
    ),
    Row(
        "logs",
        "create_log_group",
        {"logGroupName": "/g"},
        "logs:CreateLogGroup",
        (f"arn:aws:logs:{R}:log-group:/g:log-stream:",),
    ),
    Row(
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "ecs-gitops", "MetricData": [{"MetricName": "m", "Value": 1}]},
        "cloudwatch:PutMetricData",
        ("*",),
        {"cloudwatch:namespace": ("ecs-gitops",)},
    ),
    Row(
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["a"]},
        "cloudwatch:DescribeAlarms",
        (f"arn:aws:cloudwatch:{R}:alarm:a",),
    ),
    Row("sts", "get_caller_identity", {}, "sts:GetCallerIdentity"),
    Row(
        "sts", "assume_role", {"RoleArn": TASK_ROLE, "RoleSessionName": "s"}, "sts:AssumeRole", (TASK_ROLE,)
    ),
    Row("iam", "get_role", {"RoleName": "shop"}, "iam:GetRole", (TASK_ROLE,)),
    Row(
        "codecommit",
        "get_branch",
        {"repositoryName": "config", "branchName": "main"},
        "codecommit:GetBranch",
        (f"arn:aws:codecommit:{R}:config",),
    ),
    Row(
        "codecommit",
        "put_file",
        {"repositoryName": "config", "branchName": "main", "fileContent": b"x", "filePath": "a"},
        "codecommit:PutFile",
        (f"arn:aws:codecommit:{R}:config",),
        {"codecommit:references": ("refs/heads/main",)},
    ),
    Row("s3", "get_object", {"Bucket": "b", "Key": "k/l"}, "s3:GetObject", ("arn:aws:s3:::b/k/l",)),
    Row("s3", "list_objects_v2", {"Bucket": "b"}, "s3:ListBucket", ("arn:aws:s3:::b",)),
    Row("s3", "list_buckets", {}, "s3:ListAllMyBuckets"),
    Row("events", "list_rules", {}, "events:ListRules"),
    Row("events", "put_rule", {"Name": "r"}, "events:PutRule", (f"arn:aws:events:{R}:rule/r",)),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_request_needs_one_call(row: Row):
    assert needed(row.service, row.method, **row.parameters) == (
        Call(row.action, row.resources, row.context),
    )


def test_a_transaction_needs_the_action_of_each_item():
    found = needed(
        "dynamodb",
        "transact_write_items",
        TransactItems=[
            {"Put": {"TableName": "state", "Item": KEY}},
            {"Update": {"TableName": "state", "Key": KEY}},
            {"ConditionCheck": {"TableName": "other", "Key": KEY}},
        ],
    )
    assert found == (
        Call("dynamodb:PutItem", (TABLE,), LEADING),
        Call("dynamodb:UpdateItem", (TABLE,), LEADING),
        Call("dynamodb:ConditionCheckItem", (f"arn:aws:dynamodb:{R}:table/other",), LEADING),
    )


def test_a_batch_needs_its_own_action_on_every_table():
    wanted = {"state": {"Keys": [KEY]}, "other": {"Keys": [{"pk": {"S": "b"}}]}}
    assert needed("dynamodb", "batch_get_item", RequestItems=wanted) == (
        Call("dynamodb:BatchGetItem", (TABLE,), LEADING),
        Call(
            "dynamodb:BatchGetItem",
            (f"arn:aws:dynamodb:{R}:table/other",),
            {"dynamodb:leadingkeys": ("b",)},
        ),
    )


def test_put_events_is_asked_for_every_entry_with_its_source():
    entries = [
        {"Source": "a", "DetailType": "t"},
        {"Source": "b", "DetailType": "t", "EventBusName": "own"},
    ]
    found = needed("events", "put_events", Entries=entries)
    assert [(one.resources, one.context["events:source"]) for one in found] == [
        ((f"arn:aws:events:{R}:event-bus/default",), ("a",)),
        ((f"arn:aws:events:{R}:event-bus/own",), ("b",)),
    ]


@pytest.mark.parametrize(
    ("method", "path", "query", "action"),
    [
        ("GET", "/v1/repos/config/info/refs", "service=git-upload-pack", "codecommit:GitPull"),
        ("POST", "/v1/repos/config/git-upload-pack", "", "codecommit:GitPull"),
        ("GET", "/v1/repos/config/info/refs", "service=git-receive-pack", "codecommit:GitPush"),
        ("POST", "/v1/repos/config/git-receive-pack", "", "codecommit:GitPush"),
    ],
)
def test_git_needs_pull_or_push_on_the_repository(method: str, path: str, query: str, action: str):
    request = Request(method, "127.0.0.1", path, query, {}, b"")
    found = calls(read(request, "codecommit", account="123456789012", region="us-east-1"), KNOWN)
    assert found == (Call(action, (f"arn:aws:codecommit:{R}:config",), {}),)


def test_a_push_names_the_references_it_writes():
    old, new = "0" * 40, "a" * 40
    body = (
        f"00a0{old} {new} refs/heads/main\0report-status\n0067{old} {new} refs/tags/v1\n0000PACK".encode()
    )
    request = Request("POST", "127.0.0.1", "/v1/repos/config/git-receive-pack", "", {}, body)
    found = calls(read(request, "codecommit", account="123456789012", region="us-east-1"), KNOWN)
    assert found[0].context == {"codecommit:references": ("refs/heads/main", "refs/tags/v1")}


def test_an_operation_without_a_row_is_judged_on_everything():
    assert needed("ec2", "describe_vpcs") == (Call("ec2:DescribeVpcs"),)
    assert needed("codepipeline", "list_pipelines") == (Call("codepipeline:ListPipelines"),)
