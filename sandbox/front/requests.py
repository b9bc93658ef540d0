"""What a request needs of IAM: operation → actions, resource ARNs, condition keys, by tables. Pure.

An operation without a row is judged on the resource `*`, as AWS does where an action takes no resource;
a policy that names resources then refuses it, so that a missing row shows.
Source: the service authorization reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.front import requests_dynamodb, requests_ecs
from sandbox.front.iam import Call
from sandbox.front.known import Known
from sandbox.front.protocols import Operation

Resources = Callable[[Operation, Known], Iterable[str]]
Context = Callable[[Operation], Mapping[str, tuple[str, ...]]]


def calls(operation: Operation, known: Known) -> tuple[Call, ...]:
    """Every call that must be allowed for this operation; the first is the operation itself."""
    if operation.service == "ecs":
        return requests_ecs.calls(operation, known)
    if operation.service == "dynamodb":
        return requests_dynamodb.calls(operation, known)
    if operation.service == "events" and operation.name == "PutEvents":
        return tuple(_put_events(operation)) or (Call("events:PutEvents"),)
    action = _ACTIONS.get((operation.service, operation.name), operation.name)
    row = _TABLE.get(operation.service)
    resources = tuple(row(operation, known)) if row else ()
    context = _CONTEXT.get(operation.service, _no_context)(operation)
    return Call(f"{operation.service}:{action}", resources or ("*",), context), *_passed(operation)


# IAM's action, where it is not called as the operation.
_ACTIONS: Mapping[tuple[str, str], str] = {
    ("sqs", "SendMessageBatch"): "SendMessage",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeAsync"): "InvokeAsync",
}


def _no_context(_: Operation) -> Mapping[str, tuple[str, ...]]:
    return {}


def _sqs(operation: Operation, _: Known) -> Iterable[str]:
    queue = operation.text("QueueName") or operation.text("QueueUrl").rstrip("/").rpartition("/")[2]
    return [operation.arn("", queue)] if queue else []


def _sns(operation: Operation, _: Known) -> Iterable[str]:
    topic = operation.text("TopicArn") or operation.text("TargetArn") or operation.text("Name")
    return [operation.arn("", topic)] if topic else []


def _put_events(operation: Operation) -> Iterable[Call]:
    for entry in operation.parameters.get("Entries") or ():
        bus = str(entry.get("EventBusName") or "default").rpartition("/")[2]
        context = {
            "events:source": (str(entry.get("Source", "")),),
            "events:detail-type": (str(entry.get("DetailType", "")),),
            "events:eventbusinvocation": ("false",),
        }
        yield Call("events:PutEvents", (operation.arn("event-bus/", bus),), context)


def _events(operation: Operation, _: Known) -> Iterable[str]:
    if operation.name in ("ListRules", "ListEventBuses", "ListRuleNamesByTarget", "TestEventPattern"):
        return []
    bus = operation.text("EventBusName")
    rule = operation.text("Rule") or operation.text("Name")
    if "EventBus" in operation.name:
        return [operation.arn("event-bus/", rule or "default")]
    scope = "" if bus in ("", "default") else f"{bus.rpartition('/')[2]}/"
    return [operation.arn(f"rule/{scope}", rule)] if rule else []


def _lambda(operation: Operation, _: Known) -> Iterable[str]:
    name = operation.text("FunctionName")
    layer = operation.text("LayerName")
    if operation.name == "CreateEventSourceMapping":
        return []  # takes no resource; limited by lambda:FunctionArn
    if name:
        return [operation.arn("function:", name.rpartition(":function:")[2] or name)]
    return [operation.arn("layer:", layer)] if layer else []


def _cloudformation(operation: Operation, _: Known) -> Iterable[str]:
    stack = operation.text("StackName")
    named = stack if stack.startswith("arn:") else f"{stack}/*"
    return [operation.arn("stack/", named)] if stack else []


def _ssm(operation: Operation, _: Known) -> Iterable[str]:
    named = [operation.text(key) for key in ("Name", "Path") if operation.text(key)]
    return [_parameter(operation, name) for name in (*named, *operation.parameters.get("Names", ()))]


def _parameter(operation: Operation, name: str) -> str:
    arn = operation.arn("parameter/", name.lstrip("/"))
    # AWS's public parameters belong to no account.
    public = name.startswith("/aws/service/")
    return arn.replace(f":{operation.account}:", "::", 1) if public else arn


def _secretsmanager(operation: Operation, known: Known) -> Iterable[str]:
    named = operation.text("SecretId") or operation.text("Name")
    return [known.secret(named) or operation.arn("secret:", named)] if named else []


def _ecr(operation: Operation, _: Known) -> Iterable[str]:
    named = operation.text("repositoryName")
    names = [named] if named else list(operation.parameters.get("repositoryNames") or ())
    if operation.name == "DescribeRepositories" and not names:
        names = ["*"]
    return [operation.arn("repository/", name) for name in names]


def _elasticloadbalancing(operation: Operation, _: Known) -> Iterable[str]:
    if operation.name.startswith("Describe"):
        return []
    keys = ("RuleArn", "ListenerArn", "TargetGroupArn", "LoadBalancerArn")
    tagged = [
        value for key, value in operation.parameters.items() if key.startswith("ResourceArns.member.")
    ]
    found = [operation.text(key) for key in keys if operation.text(key)]
    return found[:1] or tagged


def _application_autoscaling(operation: Operation, _: Known) -> Iterable[str]:
    return [] if operation.name.startswith("Describe") else [operation.arn("scalable-target/", "*")]


def _scaling_context(operation: Operation) -> Mapping[str, tuple[str, ...]]:
    keys = {
        "application-autoscaling:service-namespace": operation.text("ServiceNamespace"),
        "application-autoscaling:scalable-dimension": operation.text("ScalableDimension"),
    }
    return {key: (value,) for key, value in keys.items() if value}


def _logs(operation: Operation, _: Known) -> Iterable[str]:
    group = operation.text("logGroupName") or operation.text("logGroupIdentifier")
    if group.startswith("arn:"):
        return [group]
    # AWS judges every action on a group as one on its streams; the stream may be empty.
    stream = operation.text("logStreamName")
    return [operation.arn("log-group:", f"{group}:log-stream:{stream}")] if group else []


def _cloudwatch(operation: Operation, _: Known) -> Iterable[str]:
    named = operation.text("AlarmName")
    flat = [value for key, value in operation.parameters.items() if key.startswith("AlarmNames.member.")]
    stated = operation.parameters.get("AlarmNames")
    names = [named] if named else [*flat, *(stated if isinstance(stated, list) else ())]
    if operation.name == "DescribeAlarms" and not names:
        names = ["*"]
    return [operation.arn("alarm:", name) for name in names]


def _cloudwatch_context(operation: Operation) -> Mapping[str, tuple[str, ...]]:
    namespace = operation.text("Namespace")
    return {"cloudwatch:namespace": (namespace,)} if namespace else {}


def _sts(operation: Operation, _: Known) -> Iterable[str]:
    role = operation.text("RoleArn")
    return [role] if role else []


def _iam(operation: Operation, _: Known) -> Iterable[str]:
    kinds = {"RoleName": "role", "UserName": "user", "InstanceProfileName": "instance-profile"}
    named = [(kind, operation.text(key)) for key, kind in kinds.items() if operation.text(key)]
    policy = operation.text("PolicyArn")
    own = [f"arn:aws:iam::{operation.account}:{kind}/{name}" for kind, name in named]
    return own or ([policy] if policy else [])


def _iam_context(operation: Operation) -> Mapping[str, tuple[str, ...]]:
    service = operation.text("AWSServiceName")
    return {"iam:awsservicename": (service,)} if service else {}


def _codecommit(operation: Operation, _: Known) -> Iterable[str]:
    named = operation.text("repositoryName")
    names = [named] if named else operation.parameters.get("repositoryNames") or ()
    return [operation.arn("", str(name)) for name in names]


def _codecommit_context(operation: Operation) -> Mapping[str, tuple[str, ...]]:
    pushed = tuple(operation.parameters.get("references") or ())
    branch = operation.text("branchName")
    references = pushed or ((f"refs/heads/{branch}",) if branch and operation.name in _WRITES else ())
    return {"codecommit:references": references} if references else {}


_WRITES = frozenset({"CreateCommit", "PutFile", "DeleteFile", "CreateBranch", "DeleteBranch"})


def _s3(operation: Operation, _: Known) -> Iterable[str]:
    bucket, key = operation.text("Bucket"), operation.text("Key")
    return [f"arn:aws:s3:::{bucket}{'/' if key else ''}{key}"] if bucket else []


_TABLE: Mapping[str, Resources] = {
    "sqs": _sqs,
    "sns": _sns,
    "events": _events,
    "lambda": _lambda,
    "cloudformation": _cloudformation,
    "ssm": _ssm,
    "secretsmanager": _secretsmanager,
    "ecr": _ecr,
    "elasticloadbalancing": _elasticloadbalancing,
    "application-autoscaling": _application_autoscaling,
    "logs": _logs,
    "cloudwatch": _cloudwatch,
    "sts": _sts,
    "iam": _iam,
    "codecommit": _codecommit,
    "s3": _s3,
}
_CONTEXT: Mapping[str, Context] = {
    "application-autoscaling": _scaling_context,
    "cloudwatch": _cloudwatch_context,
    "iam": _iam_context,
    "codecommit": _codecommit_context,
}

# Roles that an operation hands to a service, by operation: parameter and the service that gets it.
_PASSING: Mapping[tuple[str, str], tuple[str, str]] = {
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("events", "PutRule"): ("RoleArn", "events.amazonaws.com"),
    ("application-autoscaling", "RegisterScalableTarget"): (
        "RoleARN",
        "application-autoscaling.amazonaws.com",
    ),
}


def _passed(operation: Operation) -> list[Call]:
    parameter, to = _PASSING.get((operation.service, operation.name), ("", ""))
    role: Any = operation.parameters.get(parameter)
    return [Call("iam:PassRole", (str(role),), {"iam:passedtoservice": (to,)})] if role else []
