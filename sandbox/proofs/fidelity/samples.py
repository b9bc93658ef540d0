"""For each place of a table of fields: a request without the field, and one with it. Pure.

What botocore's shape cannot say (a name that must exist, a value that AWS would refuse) is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.proofs.fidelity.case import FARGATE, ON_FARGATE, ROLE, Request, app, balanced, container

SECRETS = [
    {"name": "B", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/b"},
    {"name": "A", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/a"},
]
CONSTRAINTS = [
    {"type": "memberOf", "expression": "attribute:ecs.os-type == linux"},
    {"type": "memberOf", "expression": "attribute:ecs.cpu-architecture == x86_64"},
]
METRICS = {"metricNames": ["MemoryUtilization", "CPUUtilization"], "resolutionSeconds": 20}
IN_MIXED = {"cluster": "mixed", **ON_FARGATE, "launchType": None}
CONNECT = {"enabled": True, "namespace": "internal"}
EBS = {"roleArn": ROLE, "sizeInGiB": 10}
SPREAD = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}, {"capacityProvider": "FARGATE", "weight": 1}]
_C = "containerDefinitions[]"
_D = "deploymentConfiguration"

VALUES: Mapping[str, Any] = {
    "cpu": "0.5 vCPU",
    "memory": "1 GB",
    "taskRoleArn": ROLE,
    "executionRoleArn": "tasks",
    "networkMode": "host",
    "pidMode": "task",
    "ipcMode": "none",
    "requiresCompatibilities": ["EXTERNAL", "EC2"],
    "placementConstraints": CONSTRAINTS,
    "inferenceAccelerators": [
        {"deviceName": "b", "deviceType": "x"},
        {"deviceName": "a", "deviceType": "x"},
    ],
    "containerDefinitions": [container(name="b"), container(name="a", portMappings=None)],
    "volumes": [{"name": "b"}, {"name": "a"}],
    "ephemeralStorage": {"sizeInGiB": 30},
    "tags": [{"key": "b", "value": ""}, {"key": "a", "value": "1"}],
    "family": "rows",
    "proxyConfiguration.properties": [{"name": "b", "value": "1"}, {"name": "a", "value": "2"}],
    f"{_C}.name": "app",
    f"{_C}.image": "web:2",
    f"{_C}.memory": 128,
    f"{_C}.memoryReservation": 32,
    f"{_C}.cpu": 128,
    f"{_C}.environment": [{"name": "B", "value": "1"}, {"name": "A", "value": ""}],
    f"{_C}.environmentFiles": [{"value": "arn:aws:s3:::settings/web.env", "type": "s3"}],
    f"{_C}.secrets": SECRETS,
    f"{_C}.logConfiguration.secretOptions": SECRETS,
    f"{_C}.portMappings": [{"containerPort": 443}, {"containerPort": 80, "protocol": "udp"}],
    f"{_C}.portMappings[].hostPort": 8080,
    f"{_C}.portMappings[].protocol": "udp",
    f"{_C}.mountPoints": [
        {"sourceVolume": "data", "containerPath": "/b"},
        {"sourceVolume": "data", "containerPath": "/a"},
    ],
    f"{_C}.volumesFrom": [{"sourceContainer": "b"}, {"sourceContainer": "a"}],
    f"{_C}.dependsOn": [{"containerName": "second", "condition": "START"}],
    f"{_C}.extraHosts": [
        {"hostname": "b", "ipAddress": "1.1.1.1"},
        {"hostname": "a", "ipAddress": "1.1.1.2"},
    ],
    f"{_C}.ulimits": [
        {"name": "nofile", "softLimit": 1, "hardLimit": 2},
        {"name": "core", "softLimit": 1, "hardLimit": 2},
    ],
    f"{_C}.systemControls": [{"namespace": "b", "value": "1"}, {"namespace": "a", "value": "1"}],
    f"{_C}.resourceRequirements": [{"type": "NeuronDevice", "value": "b"}, {"type": "GPU", "value": "1"}],
    f"{_C}.healthCheck.command": ["CMD", "true"],
    f"{_C}.healthCheck.interval": 60,
    f"{_C}.healthCheck.timeout": 10,
    f"{_C}.healthCheck.retries": 5,
    f"{_C}.healthCheck.startPeriod": 20,
    f"{_C}.restartPolicy.restartAttemptPeriod": 90,
    f"{_C}.restartPolicy.ignoredExitCodes": [3, 1],
    f"{_C}.credentialSpecs": ["credentialspec:x"],
    f"{_C}.essential": True,
    f"{_C}.linuxParameters.capabilities.add": ["SYS_PTRACE", "NET_ADMIN"],
    f"{_C}.linuxParameters.capabilities.drop": ["SYS_PTRACE", "NET_ADMIN"],
    f"{_C}.linuxParameters.devices": [{"hostPath": "/b"}, {"hostPath": "/a"}],
    f"{_C}.linuxParameters.devices[].permissions": ["write", "read"],
    f"{_C}.linuxParameters.tmpfs": [{"containerPath": "/b", "size": 1}, {"containerPath": "/a", "size": 1}],
    "volumes[].name": "data",
    "volumes[].host": {"sourcePath": "/data"},
    "cluster": "prod",
    "taskDefinition": "web",
    "clientToken": "token-1",
    "role": "ecsServiceRole",
    "launchType": "EC2",
    "schedulingStrategy": "REPLICA",
    "desiredCount": 3,
    "deploymentController": {"type": "ECS"},
    "availabilityZoneRebalancing": "DISABLED",
    "healthCheckGracePeriodSeconds": 30,
    "propagateTags": "SERVICE",
    "placementStrategy": [{"type": "spread", "field": "host"}],
    "placementStrategy[].field": "host",
    "capacityProviderStrategy": SPREAD,
    "capacityProviderStrategy[].base": 2,
    "capacityProviderStrategy[].weight": 3,
    "platformVersion": "1.4.0",
    "networkConfiguration": {},
    "networkConfiguration.awsvpcConfiguration.subnets": ["@subnet"],
    "networkConfiguration.awsvpcConfiguration.securityGroups": ["sg-2", "sg-1"],
    "networkConfiguration.awsvpcConfiguration.assignPublicIp": "ENABLED",
    "loadBalancers": balanced("@instances")["loadBalancers"],
    "serviceRegistries": [{"registryArn": "b"}, {"registryArn": "a"}],
    "serviceConnectConfiguration": CONNECT,
    "serviceConnectConfiguration.services": [{"portName": "http"}],
    "serviceConnectConfiguration.services[].clientAliases": [{"port": 80}],
    "serviceConnectConfiguration.containerConfigurations": [{"logLevel": "info"}],
    "volumeConfigurations": [{"name": "data", "managedEBSVolume": EBS}],
    "vpcLatticeConfigurations": [
        {"roleArn": ROLE, "targetGroupArn": "b", "portName": "http"},
        {"roleArn": ROLE, "targetGroupArn": "a", "portName": "http"},
    ],
    "gatewayConnectors": [{"portName": "http"}],
    "monitoring": {"metricConfigurations": [METRICS]},
    "monitoring.metricConfigurations[].metricNames": METRICS["metricNames"],
    _D: {"maximumPercent": 150},
    f"{_D}.strategy": "ROLLING",
    f"{_D}.maximumPercent": 150,
    f"{_D}.minimumHealthyPercent": 50,
    f"{_D}.deploymentCircuitBreaker": {"enable": True, "rollback": True},
    f"{_D}.deploymentCircuitBreaker.resetOnHealthyTask": False,
    f"{_D}.deploymentCircuitBreaker.thresholdConfiguration": {"type": "COUNT", "value": 5},
    f"{_D}.alarms": {"alarmNames": ["5xx"], "enable": True, "rollback": True},
    f"{_D}.alarms.alarmNames": ["slow", "5xx"],
    f"{_D}.earlySuccessCriteria": {
        "enable": True,
        "healthyPercent": 100,
        "sourceServiceRevisionCleanup": "BLOCKING",
    },
    f"{_D}.linearConfiguration": {"stepPercent": 20.0},
    f"{_D}.canaryConfiguration": {"canaryPercent": 20.0},
}
"""Place → a value that AWS takes there and that is not what it fills in by itself, where there is one."""

WITHIN: Mapping[str, Request] = {
    "proxyConfiguration": {"containerName": "app"},
    f"{_C}.healthCheck": {"command": ["CMD", "true"]},
    f"{_C}.restartPolicy": {"enabled": True},
    f"{_C}.logConfiguration": {"logDriver": "awslogs"},
    f"{_C}.mountPoints[]": {"sourceVolume": "data", "containerPath": "/d"},
    f"{_C}.volumesFrom[]": {"sourceContainer": "app"},
    f"{_C}.portMappings[]": {"containerPort": 80},
    f"{_C}.linuxParameters.devices[]": {"hostPath": "/d"},
    f"{_C}.linuxParameters.tmpfs[]": {"containerPath": "/t", "size": 1},
    "runtimePlatform": {},
    "volumes[]": {"name": "data"},
    "volumes[].efsVolumeConfiguration": {"fileSystemId": "fs-1"},
    "volumes[].s3filesVolumeConfiguration": {
        "fileSystemArn": "arn:aws:s3files:us-east-1:123456789012:fs/1"
    },
    "placementStrategy[]": {"type": "spread", "field": "attribute:ecs.availability-zone"},
    "networkConfiguration.awsvpcConfiguration": {"subnets": ["@subnet"]},
    "serviceConnectConfiguration": CONNECT,
    "serviceConnectConfiguration.services[]": {"portName": "http"},
    "serviceConnectConfiguration.logConfiguration": {"logDriver": "awslogs"},
    "serviceConnectConfiguration.accessLogConfiguration": {"format": "JSON"},
    "volumeConfigurations[]": {"name": "data"},
    "volumeConfigurations[].managedEBSVolume": EBS,
    "volumeConfigurations[].managedEBSVolume.tagSpecifications[]": {"resourceType": "volume"},
    "gatewayConnectors[]": {"portName": "http"},
    "monitoring.metricConfigurations[]": METRICS,
    f"{_D}.deploymentCircuitBreaker": {"enable": True, "rollback": True},
    f"{_D}.alarms": {"alarmNames": ["5xx"], "enable": True, "rollback": True},
    f"{_D}.linearConfiguration": {"stepPercent": 20.0},
    f"{_D}.canaryConfiguration": {"canaryPercent": 20.0},
}
"""Place of a map → the members that it must have for AWS to take it."""

BESIDE: Mapping[str, Request] = {
    "ephemeralStorage": FARGATE,
    "trustedExecutionConfiguration": {"requiresCompatibilities": ["MANAGED_INSTANCES"]},
    f"{_C}.secrets": {"executionRoleArn": ROLE},
    f"{_C}.mountPoints": {"volumes": [{"name": "data"}]},
    f"{_C}.dependsOn": {"containerDefinitions": [container(), container(name="second", portMappings=None)]},
    f"{_C}.memoryReservation": app(memory=64),
    "platformVersion": ON_FARGATE,
    "networkConfiguration.": {"taskDefinition": "web-fargate"},
    "capacityProviderStrategy": {**IN_MIXED, "capacityProviderStrategy": SPREAD},
    "healthCheckGracePeriodSeconds": balanced("@instances"),
    "serviceConnectConfiguration": {"taskDefinition": "web-connect:1"},
    "volumeConfigurations": {"taskDefinition": "web-ebs"},
    f"{_D}.linearConfiguration": {"deploymentConfiguration": {"strategy": "LINEAR"}},
    f"{_D}.canaryConfiguration": {"deploymentConfiguration": {"strategy": "CANARY"}},
}
"""Place, or what it begins with → what the rest of the request must have for AWS to take it."""
ALWAYS = (
    "family",
    "containerDefinitions",
    f"{_C}.name",
    f"{_C}.image",
    f"{_C}.memory",
    f"{_C}.healthCheck.command",
    "volumes[].name",
    "proxyConfiguration.containerName",
    "cluster",
    "taskDefinition",
    "serviceName",
    "desiredCount",
    "networkConfiguration.awsvpcConfiguration.subnets",
    f"{_D}.alarms.alarmNames",
    "monitoring.metricConfigurations[].metricNames",
)
"""Places that no request can do without."""
UNORDERED = frozenset(
    {
        "containerDefinitions",
        "environment",
        "secrets",
        "portMappings",
        "mountPoints",
        "volumes",
        "tags",
        "requiresCompatibilities",
        "subnets",
        "securityGroups",
    }
)
"""Lists that ECS is known to answer in another order than it was told."""
