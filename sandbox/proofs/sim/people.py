"""What the people of a story do: they push, and call ECS by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from botocore.exceptions import ClientError

from ecs_gitops.events.triggers import group_of, to_body
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Verb
from sandbox.proofs.sim.story import CLUSTER, FOLDER, PORT, Statement, Step, Story, manifest
from sandbox.world.world import World

QUEUE = "ecs-gitops-services.fifo"
MOST = 400
"""maximumPercent as nobody states it. Upwards: 150 % of one task leave no room for a second."""


class People:
    """Everybody but the controller."""

    def __init__(self, world: World, story: Story) -> None:
        self.world = world
        self.services = {service.name: service for service in story.services}
        self.outcomes = story.outcomes
        self.repository = world.repository("config")
        self.ecs = world.client("ecs")
        self.groups: dict[str, str] = {}

    def begin(self) -> None:
        """A cluster, target groups for who is balanced, and images of which some are bad."""
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.world.tasks.outcomes.update(self.outcomes)
        balanced = [service.name for service in self.services.values() if service.balanced]
        if balanced:
            self._balance(balanced)

    def do(self, step: Step) -> None:
        """What somebody does; AWS may refuse it, which is theirs to bear."""
        does: dict[str, Callable[[Step], None]] = {
            "push": self._push,
            "stop": self._stop,
            "scale": self._scale,
            "older": self._older,
            "setting": self._setting,
            "scalable": self._scalable,
            "retry": self._retry,
        }
        with suppress(ClientError):
            does[step.do](step)

    def _balance(self, names: list[str]) -> None:
        ec2, elb = self.world.client("ec2"), self.world.client("elbv2")
        network = ec2.describe_subnets()["Subnets"]
        made = elb.create_load_balancer(Name="sim", Subnets=[each["SubnetId"] for each in network[:2]])
        balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
        for at, name in enumerate(names):
            group = elb.create_target_group(
                Name=name, Protocol="HTTP", Port=PORT, VpcId=network[0]["VpcId"], TargetType="instance",
                HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=2,
            )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
            drains = {"Key": "deregistration_delay.timeout_seconds", "Value": "5"}
            elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[drains])
            forward = [{"Type": "forward", "TargetGroupArn": group}]
            elb.create_listener(
                LoadBalancerArn=balancer, Protocol="HTTP", Port=PORT + at, DefaultActions=forward
            )
            self.groups[name] = group

    def _push(self, step: Step) -> None:
        files = {f"{FOLDER}/{name}.yaml": self._text(name, what) for name, what in step.files.items()}
        self.repository.push(files, str(step))

    def _text(self, name: str, what: Statement | str | None) -> str | None:
        if isinstance(what, Statement):
            return manifest(self.services[name], what, self.groups.get(name, ""))
        return what

    def _stop(self, step: Step) -> None:
        listed = self.ecs.list_service_deployments(
            cluster=CLUSTER, service=step.service, status=["PENDING", "IN_PROGRESS"]
        )
        for each in listed["serviceDeployments"]:
            arn = each["serviceDeploymentArn"]
            self.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType=step.how)

    def _scale(self, step: Step) -> None:
        self.ecs.update_service(cluster=CLUSTER, service=step.service, desiredCount=step.count)

    def _older(self, step: Step) -> None:
        found = self.ecs.list_task_definitions(familyPrefix=step.service, sort="DESC")
        running = self.ecs.describe_services(cluster=CLUSTER, services=[step.service])["services"]
        if running and len(found["taskDefinitionArns"]) > 1:
            others = [arn for arn in found["taskDefinitionArns"] if arn != running[0]["taskDefinition"]]
            self.ecs.update_service(cluster=CLUSTER, service=step.service, taskDefinition=others[0])

    def _setting(self, step: Step) -> None:
        found = self.ecs.describe_services(cluster=CLUSTER, services=[step.service])["services"]
        if not found:
            return
        kept = found[0]["deploymentConfiguration"]
        names = ("minimumHealthyPercent", "deploymentCircuitBreaker")
        changed = {"maximumPercent": MOST, **{name: kept[name] for name in names}}
        self.ecs.update_service(cluster=CLUSTER, service=step.service, deploymentConfiguration=changed)

    def _scalable(self, step: Step) -> None:
        self.world.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{CLUSTER}/{step.service}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=4,
        )

    def _retry(self, step: Step) -> None:
        """Somebody asks to try what failed again, mended or not."""
        self.world.tasks.outcomes.pop(step.how, None)
        key = ServiceKey(CLUSTER, step.service)
        wake = Wake(key, Cause("Request", f"{step.service} {step.at}", detail=Verb.RETRY.value), Verb.RETRY)
        sqs = self.world.client("sqs")
        sqs.send_message(
            QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"],
            MessageBody=to_body(wake),
            MessageGroupId=group_of(str(key)),
            MessageDeduplicationId=f"{step.service}-{step.at}",
        )
