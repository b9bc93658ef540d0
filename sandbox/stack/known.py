"""What the sandbox makes of each CloudFormation type: the written list. Pure.

`acts`: properties it acts upon. `ignores`: properties it takes and does nothing with, so that whoever
relies on one knows that nothing here proves it. Any other property, and any other type, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """The properties of one type, as words."""

    acts: frozenset[str]
    ignores: frozenset[str]


def _known(acts: str, ignores: str = "") -> Known:
    return Known(frozenset(acts.split()), frozenset(ignores.split()))


LAMBDA_EVENTS = {
    "AWS::Lambda::Function": _known(
        "Code DeadLetterConfig Environment FunctionName Handler Layers LoggingConfig MemorySize Role "
        "Timeout",
        "Architectures Description EphemeralStorage PackageType ReservedConcurrentExecutions Runtime "
        "Tags TracingConfig",
    ),
    "AWS::Lambda::LayerVersion": _known(
        "Content LayerName", "CompatibleArchitectures CompatibleRuntimes Description LicenseInfo"
    ),
    "AWS::Lambda::EventSourceMapping": _known(
        "BatchSize Enabled EventSourceArn FunctionName FunctionResponseTypes ScalingConfig",
        "MetricsConfig Tags",
    ),
    "AWS::Lambda::EventInvokeConfig": _known(
        "DestinationConfig FunctionName MaximumRetryAttempts", "MaximumEventAgeInSeconds Qualifier"
    ),
    "AWS::Lambda::Permission": _known("Action FunctionName Principal SourceAccount SourceArn"),
    "AWS::Events::Rule": _known(
        "EventBusName EventPattern Name ScheduleExpression State Targets", "Description RoleArn Tags"
    ),
    "AWS::SQS::Queue": _known(
        "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit "
        "MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedrivePolicy VisibilityTimeout",
        "KmsMasterKeyId MaximumMessageSize SqsManagedSseEnabled Tags",
    ),
    "AWS::SQS::QueuePolicy": _known("PolicyDocument Queues"),
    "AWS::SNS::Topic": _known("TopicName", "DisplayName KmsMasterKeyId Subscription Tags"),
    "AWS::CloudWatch::Alarm": _known(
        "AlarmName",
        "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions "
        "EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace "
        "OKActions Period Statistic Tags Threshold TreatMissingData Unit",
    ),
    "AWS::Logs::LogGroup": _known("LogGroupName RetentionInDays", "KmsKeyId LogGroupClass Tags"),
}

STORES = {
    "AWS::DynamoDB::Table": _known(
        "AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes "
        "TableName TimeToLiveSpecification",
        "DeletionProtectionEnabled PointInTimeRecoverySpecification SSESpecification "
        "StreamSpecification Tags",
    ),
    "AWS::CodeCommit::Repository": _known("RepositoryDescription RepositoryName", "Tags Triggers"),
    "AWS::ECR::Repository": _known(
        "ImageTagMutability RepositoryName",
        "EmptyOnDelete EncryptionConfiguration ImageScanningConfiguration LifecyclePolicy Tags",
    ),
    "AWS::SSM::Parameter": _known("Name Type Value", "AllowedPattern DataType Description Tags Tier"),
}

IAM = {
    "AWS::IAM::Role": _known(
        "AssumeRolePolicyDocument ManagedPolicyArns Path PermissionsBoundary Policies RoleName",
        "Description MaxSessionDuration Tags",
    ),
    "AWS::IAM::Policy": _known("PolicyDocument PolicyName Roles"),
    "AWS::IAM::ManagedPolicy": _known("ManagedPolicyName Path PolicyDocument Roles", "Description"),
    "AWS::IAM::InstanceProfile": _known("InstanceProfileName Path Roles"),
}

NETWORK = {
    "AWS::EC2::VPC": _known("CidrBlock Tags", "EnableDnsHostnames EnableDnsSupport InstanceTenancy"),
    "AWS::EC2::Subnet": _known("AvailabilityZone CidrBlock MapPublicIpOnLaunch Tags VpcId"),
    "AWS::EC2::InternetGateway": _known("Tags"),
    "AWS::EC2::VPCGatewayAttachment": _known("InternetGatewayId VpcId"),
    "AWS::EC2::RouteTable": _known("Tags VpcId"),
    "AWS::EC2::Route": _known("DestinationCidrBlock GatewayId RouteTableId"),
    "AWS::EC2::SubnetRouteTableAssociation": _known("RouteTableId SubnetId"),
    "AWS::EC2::SecurityGroup": _known(
        "GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId"
    ),
    "AWS::EC2::SecurityGroupIngress": _known(
        "CidrIp FromPort GroupId IpProtocol SourceSecurityGroupId ToPort", "Description"
    ),
    "AWS::EC2::LaunchTemplate": _known("LaunchTemplateData LaunchTemplateName", "TagSpecifications"),
    "AWS::AutoScaling::AutoScalingGroup": _known(
        "AutoScalingGroupName DesiredCapacity LaunchTemplate MaxSize MinSize "
        "NewInstancesProtectedFromScaleIn Tags VPCZoneIdentifier",
        "CapacityRebalance Cooldown HealthCheckGracePeriod HealthCheckType MetricsCollection",
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _known(
        "LoadBalancerAttributes Name Scheme SecurityGroups Subnets Type", "IpAddressType Tags"
    ),
    "AWS::ElasticLoadBalancingV2::Listener": _known(
        "Certificates DefaultActions LoadBalancerArn Port Protocol", "SslPolicy"
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _known("Actions Conditions ListenerArn Priority"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _known(
        "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol "
        "HealthCheckTimeoutSeconds HealthyThresholdCount Matcher Name Port Protocol Tags "
        "TargetGroupAttributes TargetType UnhealthyThresholdCount VpcId",
        "IpAddressType ProtocolVersion",
    ),
}

ECS = {
    "AWS::ECS::Cluster": _known(
        "CapacityProviders ClusterName ClusterSettings DefaultCapacityProviderStrategy Tags"
    ),
    "AWS::ECS::CapacityProvider": _known("AutoScalingGroupProvider Name Tags"),
    "AWS::ECS::ClusterCapacityProviderAssociations": _known(
        "CapacityProviders Cluster DefaultCapacityProviderStrategy"
    ),
}

KNOWN = {**LAMBDA_EVENTS, **STORES, **IAM, **NETWORK, **ECS}
