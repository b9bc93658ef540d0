"""More manifests that break one rule of AWS each, in a line or two."""

from __future__ import annotations

from typing import Any

from ecs_gitops.resources.finding import Finding
from tests.unit.rule_cases import FIRST, LOGS, NETWORK, fargate, rollout, task, two
from tests.unit.strategies import BALANCER

Case = tuple[str, Any, Any, Finding]
TASK, SERVICE, CONTAINERS = "taskDefinition", "service", ("taskDefinition", "containerDefinitions")
NAMED = "at most 255 letters, digits, - and _"
DEPLOYMENT = (SERVICE, "deploymentConfiguration")
PORTS = {"portMappings": [{"containerPort": 80, "name": "http"}]}
EFS = {"volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}
HOOK = {"hookTargetArn": "arn", "roleArn": "arn", "lifecycleStages": ["POST_SCALE_UP"]}
EBS = {"volumes": [{"name": "data", "configuredAtLaunch": True}]}


def warn(path: tuple[Any, ...], message: str, expected: str = "") -> Finding:
    return Finding(path, message, expected, warning=True)


def strategy(*items: tuple[str, int, int]) -> dict[str, Any]:
    named = [{"capacityProvider": name, "weight": weight, "base": base} for name, weight, base in items]
    return {"capacityProviderStrategy": named}


def connect(*services: dict[str, Any], **more: Any) -> dict[str, Any]:
    stated = {"enabled": True, "namespace": "internal", "services": list(services), **more}
    return {"serviceConnectConfiguration": {name: value for name, value in stated.items() if value}}


def volume(name: str = "data", **managed: Any) -> dict[str, Any]:
    return {"name": name, "managedEBSVolume": {"roleArn": "arn", "sizeInGiB": 1, **managed}}


def hooked(**fields: Any) -> dict[str, Any]:
    hook = {name: value for name, value in {**HOOK, **fields}.items() if value is not None}
    return rollout(strategy="BLUE_GREEN", lifecycleHooks=[hook])


def early(**fields: Any) -> dict[str, Any]:
    return rollout(earlySuccessCriteria={"enable": True, **fields})


OF_CONTAINERS: list[Case] = [
    ("ecs-container-named", task({"image": None}), None, Finding(FIRST, "lacks image", "image")),
    (
        "ecs-memory-of-task",
        task({"memory": 600}, memory="512"),
        None,
        Finding((*FIRST, "memory"), "is 600", "at most the task's 512"),
    ),
    (
        "ecs-port-or-range",
        task({"portMappings": [{"containerPort": 80, "containerPortRange": "80-90"}]}),
        None,
        Finding(
            (*FIRST, "portMappings", 0, "containerPortRange"),
            "does not go with containerPort and hostPort",
            "one of the two",
        ),
    ),
    (
        "ecs-health-check",
        task({"healthCheck": {"command": ["CMD", "true"], "interval": 4}}),
        None,
        Finding((*FIRST, "healthCheck", "interval"), "is 4", "5 to 300"),
    ),
    (
        "ecs-restart-period",
        task({"restartPolicy": {"enabled": True, "restartAttemptPeriod": 30}}),
        None,
        Finding((*FIRST, "restartPolicy", "restartAttemptPeriod"), "is 30", "60 to 1800"),
    ),
    (
        "ecs-restart-exit-codes",
        task({"restartPolicy": {"enabled": True, "ignoredExitCodes": list(range(51))}}),
        None,
        warn((*FIRST, "restartPolicy", "ignoredExitCodes"), "holds 51", "at most 50"),
    ),
    (
        "ecs-credential-specs",
        task({"credentialSpecs": ["a", "b"]}),
        None,
        warn((*FIRST, "credentialSpecs"), "holds 2", "at most 1"),
    ),
    (
        "ecs-environment-files",
        task({"environmentFiles": [{"type": "s3", "value": "arn:x"}] * 11}),
        None,
        Finding((*FIRST, "environmentFiles"), "holds 11", "at most 10"),
    ),
    (
        "ecs-environment-file-place",
        task({"environmentFiles": [{"type": "s3", "value": "s3://x"}]}),
        None,
        Finding((*FIRST, "environmentFiles", 0, "value"), "is 's3://x'", "the ARN of an object in S3"),
    ),
    (
        "ecs-container-dependency",
        two({"dependsOn": [{"containerName": "b", "condition": "SUCCESS"}]}, {}),
        None,
        Finding(
            (*FIRST, "dependsOn", 0, "condition"),
            "waits for the end of b, which is essential",
            "essential: false for it",
        ),
    ),
    (
        "ecs-proxy-container",
        task(proxyConfiguration={"containerName": "envoy"}),
        None,
        Finding(
            (TASK, "proxyConfiguration", "containerName"),
            "names container 'envoy', which is not there",
            "nginx",
        ),
    ),
]

OF_TASKS: list[Case] = [
    ("ecs-family-stated", {**task(), "family": ""}, None, Finding((TASK, "family"), "is empty", "a name")),
    (
        "ecs-containers-stated",
        {"family": "web", "containerDefinitions": []},
        None,
        Finding(CONTAINERS, "is empty", "one container at least"),
    ),
    (
        "ecs-containers-at-most",
        {
            "family": "web",
            "containerDefinitions": [{"name": str(n), "image": "web:1", "memory": 1} for n in range(11)],
        },
        None,
        warn(CONTAINERS, "holds 11", "at most 10"),
    ),
    (
        "ecs-definition-size",
        task({"command": ["x" * 70_000]}),
        None,
        Finding((TASK,), "is 70,142 bytes long", "at most 65,536"),
    ),
    (
        "ecs-fargate-task-constraints",
        fargate(placementConstraints=[{"type": "memberOf", "expression": "x"}]),
        None,
        Finding((TASK, "placementConstraints"), "does not work on Fargate", "nothing"),
    ),
    (
        "ecs-ephemeral-storage",
        fargate(ephemeralStorage={"sizeInGiB": 20}),
        None,
        Finding((TASK, "ephemeralStorage", "sizeInGiB"), "is 20", "21 to 200"),
    ),
    (
        "ecs-trusted-execution",
        task(trustedExecutionConfiguration={"isolationMode": "SHARED"}),
        None,
        warn((TASK, "trustedExecutionConfiguration"), "works on Managed Instances alone"),
    ),
    (
        "ecs-tags-reserved",
        task(tags=[{"key": "aws:x", "value": ""}]),
        None,
        warn((TASK, "tags", 0, "key"), "'aws:x' is AWS's own", "another prefix"),
    ),
]

OF_CAPACITY: list[Case] = [
    (
        "ecs-managed-instances-launch-type",
        None,
        {"launchType": "MANAGED_INSTANCES"},
        warn(
            (SERVICE, "launchType"),
            "Managed Instances are reached by a capacity provider",
            "capacityProviderStrategy instead",
        ),
    ),
    (
        "ecs-strategy-at-most",
        None,
        strategy(*((f"p{n}", 1, 0) for n in range(21))),
        warn((SERVICE, "capacityProviderStrategy"), "holds 21", "at most 20"),
    ),
    (
        "ecs-strategy-mixed",
        None,
        strategy(("FARGATE", 1, 0), ("mine", 1, 0)),
        Finding(
            (SERVICE, "capacityProviderStrategy"), "mixes Fargate with other capacity", "one or the other"
        ),
    ),
    (
        "ecs-strategy-weight",
        None,
        strategy(("mine", 0, 0)),
        Finding((SERVICE, "capacityProviderStrategy"), "has no weight above 0", "one at least"),
    ),
    (
        "ecs-strategy-base",
        None,
        strategy(("mine", 1, 1), ("other", 1, 1)),
        Finding((SERVICE, "capacityProviderStrategy"), "has several bases above 0", "one at most"),
    ),
    (
        "ecs-daemon-strategy",
        None,
        {"schedulingStrategy": "DAEMON", **strategy(("mine", 1, 0))},
        Finding((SERVICE, "capacityProviderStrategy"), "does not go with DAEMON", "nothing"),
    ),
    (
        "ecs-platform-version",
        None,
        {"launchType": "EC2", "platformVersion": "LATEST"},
        Finding((SERVICE, "platformVersion"), "is of Fargate alone", "nothing"),
    ),
    (
        "ecs-platform-known",
        None,
        {"platformVersion": "9.9.9"},
        warn((SERVICE, "platformVersion"), "9.9.9 is not known", "one of LATEST, 1.4.0, 1.3.0, 1.0.0"),
    ),
    (
        "ecs-platform-fits",
        task(**EFS),
        {"platformVersion": "1.3.0"},
        warn(
            (SERVICE, "platformVersion"), "1.3.0 mounts no EFS volume and has no storage to choose", "1.4.0"
        ),
    ),
    (
        "ecs-daemon-placement",
        None,
        {"schedulingStrategy": "DAEMON", "placementStrategy": [{"type": "random"}]},
        Finding((SERVICE, "placementStrategy"), "does not go with DAEMON", "nothing"),
    ),
    (
        "ecs-placement-field",
        None,
        {"placementStrategy": [{"type": "binpack", "field": "disk"}]},
        Finding(
            (SERVICE, "placementStrategy", 0, "field"), "binpack by 'disk' is unknown", "one of cpu, memory"
        ),
    ),
    (
        "ecs-placement-field",
        None,
        {"placementStrategy": [{"type": "random", "field": "cpu"}]},
        Finding((SERVICE, "placementStrategy", 0, "field"), "does not go with random", "nothing"),
    ),
    (
        "ecs-placement-at-most",
        None,
        {"placementStrategy": [{"type": "random"}] * 6},
        warn((SERVICE, "placementStrategy"), "holds 6", "at most 5"),
    ),
    (
        "ecs-placement-expression",
        None,
        {"placementConstraints": [{"type": "memberOf"}]},
        warn((SERVICE, "placementConstraints", 0), "lacks expression", "expression"),
    ),
]

OF_DEPLOYMENTS: list[Case] = [
    (
        "ecs-percents",
        None,
        rollout(minimumHealthyPercent=101, maximumPercent=200),
        Finding((*DEPLOYMENT, "minimumHealthyPercent"), "is 101", "at most 100"),
    ),
    (
        "ecs-breaker-threshold",
        None,
        rollout(
            deploymentCircuitBreaker={
                "enable": True,
                "rollback": True,
                "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 101},
            }
        ),
        warn(
            (*DEPLOYMENT, "deploymentCircuitBreaker", "thresholdConfiguration", "value"),
            "is 101",
            "1 to 100",
        ),
    ),
    (
        "breaker-is-of-rolling",
        None,
        rollout(strategy="BLUE_GREEN", deploymentCircuitBreaker={"enable": True, "rollback": True}),
        warn((*DEPLOYMENT, "deploymentCircuitBreaker"), "does nothing with BLUE_GREEN", "alarms"),
    ),
    (
        "ecs-early-success",
        None,
        early(),
        warn(
            (*DEPLOYMENT, "earlySuccessCriteria"),
            "is enabled and does not say when",
            "healthyPercent and sourceServiceRevisionCleanup",
        ),
    ),
    (
        "ecs-early-success",
        None,
        early(healthyPercent=50, sourceServiceRevisionCleanup="BLOCKING"),
        warn(
            (*DEPLOYMENT, "earlySuccessCriteria", "healthyPercent"),
            "is 50",
            "at least minimumHealthyPercent 100",
        ),
    ),
    (
        "ecs-alarm-names",
        None,
        rollout(alarms={"enable": True, "rollback": True, "alarmNames": []}),
        warn((*DEPLOYMENT, "alarms", "alarmNames"), "is empty though alarms are enabled", "one at least"),
    ),
    (
        "strategy-configuration",
        None,
        rollout(linearConfiguration={"stepPercent": 10.0}),
        warn((*DEPLOYMENT, "linearConfiguration"), "is of the strategy LINEAR, not of ROLLING"),
    ),
    (
        "shift-bounds",
        None,
        {
            **rollout(strategy="LINEAR", linearConfiguration={"stepPercent": 2.0}),
            "vpcLatticeConfigurations": [{}],
        },
        Finding((*DEPLOYMENT, "linearConfiguration", "stepPercent"), "is 2.0", "3 to 100"),
    ),
    (
        "shifted-traffic",
        None,
        {**rollout(strategy="BLUE_GREEN"), "loadBalancers": [BALANCER]},
        warn(
            (SERVICE, "loadBalancers", 0),
            "lacks advancedConfiguration, by which BLUE_GREEN shifts its traffic",
            "advancedConfiguration",
        ),
    ),
    (
        "shifted-traffic",
        None,
        rollout(strategy="CANARY"),
        warn(
            (*DEPLOYMENT, "strategy"),
            "CANARY shifts traffic, and the manifest states nothing that brings any",
            "a load balancer",
        ),
    ),
    (
        "lifecycle-hook",
        None,
        hooked(roleArn=None),
        warn((*DEPLOYMENT, "lifecycleHooks", 0), "lacks roleArn", "roleArn"),
    ),
    (
        "lifecycle-hook",
        None,
        hooked(
            targetType="PAUSE", hookTargetArn=None, roleArn=None, lifecycleStages=["TEST_TRAFFIC_SHIFT"]
        ),
        warn((*DEPLOYMENT, "lifecycleHooks", 0, "lifecycleStages", 0), "TEST_TRAFFIC_SHIFT takes no PAUSE"),
    ),
    (
        "lifecycle-hook",
        None,
        hooked(lifecycleStages=["BAKE_TIME"]),
        warn((*DEPLOYMENT, "lifecycleHooks", 0, "lifecycleStages", 0), "BAKE_TIME takes no hook"),
    ),
    (
        "controller-in-use",
        None,
        {"deploymentController": {"type": "CODE_DEPLOY"}},
        Finding(
            (SERVICE, "deploymentController", "type"),
            "CODE_DEPLOY is not supported by this version yet",
            "ECS",
        ),
    ),
]

OF_SERVICES: list[Case] = [
    (
        "ecs-daemon-fargate",
        None,
        {"schedulingStrategy": "DAEMON", "launchType": "FARGATE"},
        Finding((SERVICE, "schedulingStrategy"), "does not work on Fargate", "REPLICA"),
    ),
    (
        "ecs-daemon-volumes",
        None,
        {"schedulingStrategy": "DAEMON", "volumeConfigurations": [volume()]},
        warn((SERVICE, "volumeConfigurations"), "does not go with DAEMON", "nothing"),
    ),
    (
        "ecs-rebalancing",
        None,
        {"availabilityZoneRebalancing": "ENABLED", "schedulingStrategy": "DAEMON"},
        Finding((SERVICE, "availabilityZoneRebalancing"), "does not go with DAEMON", "DISABLED"),
    ),
    (
        "ecs-volume-one",
        task(**EBS),
        {"volumeConfigurations": [volume(), volume()]},
        warn((SERVICE, "volumeConfigurations"), "holds 2", "at most 1"),
    ),
    (
        "ecs-volume-name",
        task(**EBS),
        {"volumeConfigurations": [volume("logs")]},
        Finding(
            (SERVICE, "volumeConfigurations", 0, "name"),
            "names 'logs', which is no volume that is configuredAtLaunch",
            "data",
        ),
    ),
    (
        "ecs-volume-size",
        None,
        {"volumeConfigurations": [volume(sizeInGiB=None)]},
        warn(
            (SERVICE, "volumeConfigurations", 0, "managedEBSVolume"),
            "says no size",
            "sizeInGiB or snapshotId",
        ),
    ),
    (
        "ecs-monitoring",
        None,
        {
            "monitoring": {
                "metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 30}]
            }
        },
        warn((SERVICE, "monitoring", "metricConfigurations", 0, "resolutionSeconds"), "is 30", "20 or 60"),
    ),
    (
        "ecs-network-at-most",
        None,
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": [f"s{n}" for n in range(17)]}}},
        warn((SERVICE, "networkConfiguration", "awsvpcConfiguration", "subnets"), "holds 17", "at most 16"),
    ),
    (
        "ecs-balancers-at-most",
        None,
        {"loadBalancers": [BALANCER] * 6},
        warn((SERVICE, "loadBalancers"), "holds 6", "at most 5"),
    ),
    (
        "ecs-balancer-either",
        None,
        {"loadBalancers": [{**BALANCER, "loadBalancerName": "old"}]},
        Finding(
            (SERVICE, "loadBalancers", 0, "loadBalancerName"),
            "does not go with targetGroupArn",
            "one of the two",
        ),
    ),
    (
        "ecs-connect-namespace",
        None,
        connect(namespace=None),
        warn(
            (SERVICE, "serviceConnectConfiguration"),
            "states no namespace; the cluster must have a default one",
            "namespace",
        ),
    ),
    (
        "ecs-connect-alias",
        task(PORTS),
        connect({"portName": "http", "clientAliases": [{"port": 80}, {"port": 81}]}),
        Finding(
            (SERVICE, "serviceConnectConfiguration", "services", 0, "clientAliases"),
            "holds 2",
            "at most 1",
        ),
    ),
    (
        "ecs-connect-port-name",
        task(PORTS),
        connect({"portName": "https"}),
        Finding(
            (SERVICE, "serviceConnectConfiguration", "services", 0, "portName"),
            "names port 'https', which no container maps by that name",
            "http",
        ),
    ),
    ("task-names", task(family="a b"), None, Finding((TASK, "family"), "is 'a b'", NAMED)),
    ("task-names", task({"name": "a/b"}), None, Finding((*FIRST, "name"), "is 'a/b'", NAMED)),
    ("tag-key", None, {"tags": [{"value": "x"}]}, Finding((SERVICE, "tags", 0), "lacks key", "key")),
    ("tag-key", task(tags=[{"key": ""}]), None, Finding((TASK, "tags", 0), "lacks key", "key")),
    (
        "our-tags",
        task(tags=[{"key": "a"}, {"key": "ecs-gitops:attempt", "value": "x"}]),
        None,
        warn(
            (TASK, "tags", 1, "key"),
            "'ecs-gitops:attempt' is for ecs-gitops to set, and left out",
            "another prefix",
        ),
    ),
    (
        "service-count",
        None,
        {"desiredCount": -1},
        Finding((SERVICE, "desiredCount"), "is -1", "at least 0"),
    ),
    (
        "service-size",
        None,
        {"role": "x" * 32_758},
        Finding((SERVICE,), "is 32,769 bytes long", "at most 32,768"),
    ),
    (
        "ecs-gateway-one",
        None,
        {"gatewayConnectors": [{}, {}]},
        warn((SERVICE, "gatewayConnectors"), "holds 2", "at most 1"),
    ),
]

MORE_FAULTS = [*OF_CONTAINERS, *OF_TASKS, *OF_CAPACITY, *OF_DEPLOYMENTS, *OF_SERVICES]

MORE_GOOD: list[tuple[Any, Any]] = [
    (fargate(cpu="${value:CPU}", memory="512"), None),  # what is not resolved yet is judged later
    (task({"memory": 512}, memory="512"), None),
    (task({"healthCheck": {"command": ["CMD", "true"], "interval": 5, "startPeriod": 0}}), None),
    (task({"environmentFiles": [{"type": "s3", "value": "${cfn:a.b}"}]}), None),
    (two({"dependsOn": [{"containerName": "b", "condition": "SUCCESS"}]}, {"essential": False}), None),
    (fargate(LOGS, ephemeralStorage={"sizeInGiB": 21}, executionRoleArn="r"), None),
    (None, strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 3, 0))),
    (None, {"platformVersion": "LATEST"}),
    (task(family="${cfn:a.b}"), None),
    (None, {"desiredCount": 0, "tags": [{"key": "a"}]}),
    (None, {"role": "x" * 32_757}),
    (None, {"placementStrategy": [{"type": "binpack", "field": "MEMORY"}, {"type": "random"}]}),
    (None, {"availabilityZoneRebalancing": "ENABLED", **rollout(maximumPercent=150)}),
    (None, early(healthyPercent=100, sourceServiceRevisionCleanup="DEFERRED")),
    (None, hooked()),
    (None, hooked(targetType="PAUSE", hookTargetArn=None, roleArn=None)),
    (task(PORTS), connect({"portName": "http", "clientAliases": [{"port": 80}]})),
    (task(**EBS), {"volumeConfigurations": [volume(throughput=500)]}),
    (task(networkMode="awsvpc"), {"networkConfiguration": NETWORK}),
]
