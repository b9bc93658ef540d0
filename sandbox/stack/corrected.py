"""Types that moto makes, with the properties and the changes its CloudFormation forgets."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.ecs.models import Cluster, ecs_backends
from moto.elbv2.models import FakeLoadBalancer, FakeTargetGroup, elbv2_backends
from moto.events.models import Rule, events_backends
from moto.logs.models import LogGroup, logs_backends
from moto.sqs.models import Queue

from sandbox.stack.shapes import camel

QUEUE_DEFAULTS = {
    "DelaySeconds": 0,
    "VisibilityTimeout": 30,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "ContentBasedDeduplication": False,
    "RedrivePolicy": {},
}


class SandboxQueueType(Queue):
    """AWS::SQS::Queue."""

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        stated = {
            k: v for k, v in cloudformation_json["Properties"].items() if k not in ("QueueName", "Tags")
        }
        name = cloudformation_json["Properties"].get("QueueName", original_resource.name)
        _same(name, original_resource.name, "queue")
        original_resource._set_attributes({**QUEUE_DEFAULTS, **stated})
        return original_resource


class SandboxTable(Table):
    """AWS::DynamoDB::Table."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        made = Table.create_from_cloudformation_json(
            resource_name, cloudformation_json, account_id, region_name
        )
        _expiry(made, cloudformation_json["Properties"], account_id, region_name)
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
        stated = cloudformation_json["Properties"]
        _same(stated.get("KeySchema"), original_resource.schema, "key schema of table")
        indexes = [index["IndexName"] for index in stated.get("GlobalSecondaryIndexes", [])]
        _same(indexes, [index.name for index in original_resource.global_indexes], "indexes of table")
        _expiry(original_resource, stated, account_id, region_name)
        return original_resource


def _expiry(table: Any, stated: dict[str, Any], account_id: str, region_name: str) -> None:
    expiry = stated.get("TimeToLiveSpecification")
    if expiry:
        dynamodb_backends[account_id][region_name].update_time_to_live(table.name, expiry)


class SandboxRuleType(Rule):
    """AWS::Events::Rule."""

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        stated = cloudformation_json["Properties"]
        _same(stated.get("Name", original_resource.name), original_resource.name, "rule")
        original_resource.delete(account_id, region_name)
        return Rule.create_from_cloudformation_json(
            original_resource.name, cloudformation_json, account_id, region_name
        )

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        rule = events_backends[account_id][region_name].event_buses["default"].rules.get(resource_name)
        if rule:
            rule.delete(account_id, region_name)


class SandboxLogGroup(LogGroup):
    """AWS::Logs::LogGroup, whose Arn stands for its streams too: it ends in `:*`."""

    def get_cfn_attribute(self, attribute_name: str) -> str:
        found = super().get_cfn_attribute(attribute_name)
        return f"{found}:*" if attribute_name == "Arn" else found

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        group = logs_backends[account_id][region_name].create_log_group(resource_name, {})
        return cls._retained(group, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        return cls._retained(original_resource, cloudformation_json["Properties"])

    @staticmethod
    def _retained(group: Any, stated: dict[str, Any]) -> Any:
        days = stated.get("RetentionInDays")
        group.retention_in_days = None if days is None else int(days)
        return group


class SandboxTargetGroup(FakeTargetGroup):
    """AWS::ElasticLoadBalancingV2::TargetGroup."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        made = FakeTargetGroup.create_from_cloudformation_json(
            resource_name, cloudformation_json, account_id, region_name
        )
        return cls._with_attributes(made, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        stated = cloudformation_json["Properties"]
        elbv2_backends[account_id][region_name].modify_target_group(
            original_resource.arn,
            health_check_proto=stated.get("HealthCheckProtocol"),
            health_check_port=stated.get("HealthCheckPort"),
            health_check_path=stated.get("HealthCheckPath"),
            health_check_interval=stated.get("HealthCheckIntervalSeconds"),
            health_check_timeout=stated.get("HealthCheckTimeoutSeconds"),
            healthy_threshold_count=stated.get("HealthyThresholdCount"),
            unhealthy_threshold_count=stated.get("UnhealthyThresholdCount"),
            http_codes=stated.get("Matcher", {}).get("HttpCode"),
        )
        return cls._with_attributes(original_resource, stated)

    @staticmethod
    def _with_attributes(group: Any, stated: dict[str, Any]) -> Any:
        group.attributes.update(_pairs(stated.get("TargetGroupAttributes", [])))
        group.tags = dict(_pairs(stated.get("Tags", [])))
        return group


class SandboxLoadBalancer(FakeLoadBalancer):
    """AWS::ElasticLoadBalancingV2::LoadBalancer."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        stated = cloudformation_json["Properties"]
        if stated.get("Type", "application") != "application":
            raise ValidationError(message=f"the sandbox has no load balancer of type {stated['Type']}")
        made = FakeLoadBalancer.create_from_cloudformation_json(
            resource_name, cloudformation_json, account_id, region_name
        )
        return cls._with_attributes(made, stated)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        return cls._with_attributes(original_resource, cloudformation_json["Properties"])

    @staticmethod
    def _with_attributes(balancer: Any, stated: dict[str, Any]) -> Any:
        balancer.attrs.update(_pairs(stated.get("LoadBalancerAttributes", [])))
        return balancer

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        """Attributes that moto does not know."""
        raise NotImplementedError(attribute_name)


class SandboxCluster(Cluster):
    """AWS::ECS::Cluster."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Any:
        stated = cloudformation_json["Properties"]
        return ecs_backends[account_id][region_name].create_cluster(
            cluster_name=resource_name,
            tags=camel(stated.get("Tags", [])),
            cluster_settings=camel(stated.get("ClusterSettings", [])) or None,
            capacity_providers=stated.get("CapacityProviders"),
            default_capacity_provider_strategy=camel(stated.get("DefaultCapacityProviderStrategy")),
        )

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        stated = cloudformation_json["Properties"]
        _same(stated.get("ClusterName", original_resource.name), original_resource.name, "cluster")
        original_resource.settings = camel(stated.get("ClusterSettings", [])) or original_resource.settings
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        ecs_backends[account_id][region_name].delete_cluster(resource_name)


def _pairs(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(item["Key"], str(item["Value"])) for item in items]


def _same(stated: Any, have: Any, what: str) -> None:
    """CloudFormation would replace it; the sandbox says so instead of pretending."""
    if json.dumps(stated, default=str) != json.dumps(have, default=str):
        raise ValidationError(message=f"the sandbox does not replace: {what} {have} would become {stated}")
