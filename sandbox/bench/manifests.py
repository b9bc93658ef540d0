"""A config repository of many ordinary services, and what runs when ECS is as it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ecs_gitops.manifest.load import Loaded, load
from ecs_gitops.manifest.tree import Tree
from ecs_gitops.model.names import ServiceKey
from sandbox.world.world import ACCOUNT, REGION, World

FOLDER = "desired_state"
PARAMETER, VALUE = "/fleet/log-level", "info"
"""What the manifests look up."""
VERSION = "1.27.0"

_DEFAULTS = """\
service:
  launchType: FARGATE
  propagateTags: SERVICE
  deploymentConfiguration:
    deploymentCircuitBreaker: {enable: true, rollback: true}
"""

_MANIFEST = """\
# The service %(name)s of the fleet.
apiVersion: ecs-gitops/v1
kind: Service
taskDefinition:
  family: %(name)s
  executionRoleArn: "arn:aws:iam::${aws:account}:role/fleet-execution"
  taskRoleArn: "arn:aws:iam::${aws:account}:role/fleet-task"
  requiresCompatibilities: [FARGATE]
  networkMode: awsvpc
  cpu: "256"
  memory: "512"
  containerDefinitions:
    - name: web
      image: "${aws:account}.dkr.ecr.${aws:region}.amazonaws.com/fleet/%(name)s:${value:version}"
      portMappings:
        - containerPort: 8080
      environment:
        - {name: SERVICE_NAME, value: %(name)s}
        - {name: LOG_LEVEL, value: "${ssm:/fleet/log-level}"}
        - {name: PORT, value: "8080"}
        - {name: DATABASE_HOST, value: "fleet.cluster-abcdefghijkl.${aws:region}.rds.amazonaws.com"}
      secrets:
        - name: DATABASE_PASSWORD
          valueFrom: "arn:aws:secretsmanager:${aws:region}:${aws:account}:secret:fleet/%(name)s-AbCdEf"
      healthCheck:
        command: [CMD-SHELL, "curl -f http://localhost:8080/health || exit 1"]
        interval: 10
        timeout: 5
        retries: 3
      logConfiguration:
        logDriver: awslogs
        options:
          awslogs-group: /fleet/%(name)s
          awslogs-region: "${aws:region}"
          awslogs-stream-prefix: web
service:
  desiredCount: 1
  networkConfiguration:
    awsvpcConfiguration:
      subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
      securityGroups: [sg-0123456789abcdef0]
  tags:
    - {key: team, value: fleet}
values:
  version: "%(version)s"
"""


def files(keys: Iterable[ServiceKey], version: str = VERSION) -> dict[str, str]:
    """Path → text: one manifest each, and what the services of a cluster have in common."""
    found = {}
    for key in keys:
        found[f"{FOLDER}/{key.cluster}/_defaults.yaml"] = _DEFAULTS
        found[f"{FOLDER}/{key.cluster}/{key.name}.yaml"] = _MANIFEST % {
            "name": key.name,
            "version": version,
        }
    return found


def bring_about(world: World, keys: Sequence[ServiceKey]) -> None:
    """Have ECS run what the files say, as whoever looked after the services before would."""
    world.client("ssm").put_parameter(Name=PARAMETER, Value=VALUE, Type="String")
    ecs = world.client("ecs")
    for cluster in sorted({key.cluster for key in keys}):
        ecs.create_cluster(clusterName=cluster)
    for key, loaded in _loaded(keys).items():
        task_definition, service = loaded.stated.task_definition, loaded.stated.service
        ecs.register_task_definition(**(task_definition or {}))
        ecs.create_service(
            cluster=key.cluster, serviceName=key.name, taskDefinition=key.name, **(service or {})
        )


def _loaded(keys: Sequence[ServiceKey]) -> Mapping[ServiceKey, Loaded]:
    known = {"account": ACCOUNT, "region": REGION, PARAMETER: VALUE}
    tree = Tree("", {path: text.encode() for path, text in files(keys).items()})
    loaded = load(tree, FOLDER, lookup=lambda _, key: known[key])
    if loaded.faults:
        raise RuntimeError(f"the manifests do not hold: {next(iter(loaded.faults.values()))[0]}")
    return loaded.manifests
