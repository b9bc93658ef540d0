"""Small CloudFormation resources that moto lacks, each over moto's own backend."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudwatch.models import cloudwatch_backends
from moto.codecommit.models import codecommit_backends
from moto.core.common_models import CloudFormationModel
from moto.ecs.models import ecs_backends
from moto.sqs.models import sqs_backends

from sandbox.stack.shapes import camel


class Simple(CloudFormationModel):
    """A resource that is made again when it changes; a subclass says how it is put and taken away."""

    TYPE = ""
    NAME = ""

    def __init__(self, name: str, stated: dict[str, Any], account_id: str, region_name: str) -> None:
        self.physical_resource_id = name
        self.stated = stated
        self.account_id = account_id
        self.region_name = region_name

    def put(self) -> None:
        """Make it, or make it as it is now stated."""
        raise NotImplementedError

    def remove(self) -> None:
        """Take it away."""
        raise NotImplementedError

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.NAME

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        made = cls(resource_name, cloudformation_json["Properties"], account_id, region_name)
        made.put()
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        before, original_resource.stated = original_resource.stated, cloudformation_json["Properties"]
        if cls.NAME and before.get(cls.NAME) != original_resource.stated.get(cls.NAME):
            raise ValidationError(message=f"the sandbox does not replace: {cls.NAME} of {cls.TYPE}")
        original_resource.put()
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        self.remove()


class QueuePolicy(Simple):
    """The policy of some queues."""

    TYPE = "AWS::SQS::QueuePolicy"

    def put(self) -> None:
        for queue in self._queues():
            queue.policy = json.dumps(self.stated["PolicyDocument"])

    def remove(self) -> None:
        for queue in self._queues():
            queue.policy = None

    def _queues(self) -> list[Any]:
        known = sqs_backends[self.account_id][self.region_name].queues
        names = [url.rsplit("/", 1)[-1] for url in self.stated["Queues"]]
        return [known[name] for name in names if name in known]


class Alarm(Simple):
    """An alarm: kept and shown, never evaluated."""

    TYPE = "AWS::CloudWatch::Alarm"
    NAME = "AlarmName"

    def put(self) -> None:
        stated = self.stated
        cloudwatch_backends[self.account_id][self.region_name].put_metric_alarm(
            name=self.physical_resource_id,
            namespace=stated.get("Namespace", ""),
            metric_name=stated.get("MetricName", ""),
            comparison_operator=stated["ComparisonOperator"],
            evaluation_periods=stated["EvaluationPeriods"],
            period=stated.get("Period", 60),
            threshold=stated.get("Threshold", 0),
            statistic=stated.get("Statistic", ""),
            description=stated.get("AlarmDescription", ""),
            dimensions=stated.get("Dimensions", []),
            alarm_actions=stated.get("AlarmActions", []),
            metric_data_queries=stated.get("Metrics"),
            treat_missing_data=stated.get("TreatMissingData"),
        )

    def remove(self) -> None:
        cloudwatch_backends[self.account_id][self.region_name].delete_alarms([self.physical_resource_id])

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """The alarm's ARN."""
        return f"arn:aws:cloudwatch:{self.region_name}:{self.account_id}:alarm:{self.physical_resource_id}"


class CodeCommitRepository(Simple):
    """A Git repository."""

    TYPE = "AWS::CodeCommit::Repository"
    NAME = "RepositoryName"

    def put(self) -> None:
        backend = codecommit_backends[self.account_id][self.region_name]
        if self.physical_resource_id not in backend.repositories:
            description = self.stated.get("RepositoryDescription", "")
            backend.create_repository(self.physical_resource_id, description)

    def remove(self) -> None:
        codecommit_backends[self.account_id][self.region_name].delete_repository(self.physical_resource_id)

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Arn, Name, CloneUrlHttp and CloneUrlSsh."""
        repository = codecommit_backends[self.account_id][self.region_name].get_repository(
            self.physical_resource_id
        )
        keys = {
            "Arn": "Arn",
            "Name": "repositoryName",
            "CloneUrlHttp": "cloneUrlHttp",
            "CloneUrlSsh": "cloneUrlSsh",
        }
        return str(repository[keys[attribute_name]])


class CapacityProvider(Simple):
    """A capacity provider over an Auto Scaling group."""

    TYPE = "AWS::ECS::CapacityProvider"
    NAME = "Name"

    def put(self) -> None:
        backend = ecs_backends[self.account_id][self.region_name]
        details = camel(self.stated["AutoScalingGroupProvider"])
        if self.physical_resource_id in backend.capacity_providers:
            backend.update_capacity_provider(self.physical_resource_id, details)
        else:
            backend.create_capacity_provider(
                self.physical_resource_id, details, camel(self.stated.get("Tags", []))
            )

    def remove(self) -> None:
        ecs_backends[self.account_id][self.region_name].delete_capacity_provider(self.physical_resource_id)


class ClusterCapacityProviders(Simple):
    """Which capacity providers a cluster has, and its default strategy."""

    TYPE = "AWS::ECS::ClusterCapacityProviderAssociations"

    def put(self) -> None:
        strategy = camel(self.stated["DefaultCapacityProviderStrategy"])
        ecs_backends[self.account_id][self.region_name].put_cluster_capacity_providers(
            self.stated["Cluster"], self.stated["CapacityProviders"], strategy
        )

    def remove(self) -> None:
        backend = ecs_backends[self.account_id][self.region_name]
        backend.put_cluster_capacity_providers(self.stated["Cluster"], [], [])
