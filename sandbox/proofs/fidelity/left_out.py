"""What is known of ECS and CodeDeploy and is not shown here, and why: the written rest. Pure.

Everything else that AWS documents it refuses, requires or limits in what we use has a rule in
`sandbox.services.ecs.refusals.every`, and every default a row in the tables of fields.
"""

from __future__ import annotations

from dataclasses import dataclass

LATER = "comes with native blue/green"
CODE_DEPLOY = "comes with CodeDeploy; the sandbox refuses the controller until then"
NOT_ANSWERED = "the sandbox does not answer this operation"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One rule that is not shown: what it is about, what it says, why it is left out."""

    about: str
    rule: str
    why: str


LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut(
        "other resources",
        "managed daemons, Express services and gateways are resources of their own",
        NOT_ANSWERED,
    ),
    LeftOut(
        "task definitions", "DeleteTaskDefinitions: at most ten a call, INACTIVE ones only", NOT_ANSWERED
    ),
    LeftOut(
        "task definitions",
        "up to ten minutes until a deregistered revision is refused",
        "refused at once: what depends on the lag is wrong with or without it",
    ),
    LeftOut(
        "task definitions",
        "members that botocore does not know, or of a wrong type",
        "botocore refuses them before anything is sent",
    ),
    LeftOut(
        "services",
        "UpdateService takes no launchType, role, schedulingStrategy, serviceName, tags, clientToken",
        "botocore refuses them before anything is sent",
    ),
    LeftOut(
        "services", "what UpdateService takes under the controllers CODE_DEPLOY and EXTERNAL", CODE_DEPLOY
    ),
    LeftOut("services", "forceNewDeployment refused under CODE_DEPLOY", CODE_DEPLOY),
    LeftOut(
        "services",
        "NamespaceNotFoundException",
        "there is no Cloud Map in the sandbox: any namespace is there",
    ),
    LeftOut("services", "PlatformUnknownException for Windows platforms", "Windows tasks are not run"),
    LeftOut(
        "services", "AccessDeniedException, ThrottlingException", "decided at the front door, not by ECS"
    ),
    LeftOut(
        "services",
        "whether deploymentConfiguration is merged or replaced; whether capacity providers need a force",
        "unconfirmed: both answers are variants of the sandbox",
    ),
    LeftOut("deployments", "strategies BLUE_GREEN, LINEAR, CANARY and all that is theirs alone", LATER),
    LeftOut("deployments", "advancedConfiguration of load balancers, listener rules and weights", LATER),
    LeftOut(
        "deployments",
        "lifecycle hooks: at most ten of a kind, where they may stand, their time limits",
        LATER,
    ),
    LeftOut("deployments", "ContinueServiceDeployment", LATER),
    LeftOut(
        "deployments",
        "three failed look-ups of a digest trip the breaker",
        "a digest is looked up once, and found or not",
    ),
    LeftOut(
        "deployments",
        "earlySuccessCriteria ends a deployment early",
        "its form is checked; the engine waits for all tasks",
    ),
    LeftOut(
        "what is told of the past",
        "revisions before 2024-10-25 and deployments older than 90 days are gone",
        "no world lives so long",
    ),
    LeftOut(
        "what is told of the past",
        "the waiter ServicesStable",
        "boto3's own; the product waits for nothing",
    ),
    LeftOut(
        "features",
        "moving tasks between Availability Zones",
        "the setting is kept and refused as AWS does; no task moves",
    ),
    LeftOut(
        "features", "running on Managed Instances", "no capacity provider of that kind can be made here"
    ),
    LeftOut("features", "Service Connect not under CODE_DEPLOY or EXTERNAL; test headers", CODE_DEPLOY),
    LeftOut(
        "features",
        "volumes that are really attached; their failures",
        "no EBS in the sandbox: the configuration is kept",
    ),
    LeftOut("features", "UpdateTaskProtection can hold a deployment open", NOT_ANSWERED),
    LeftOut("events and answers", "fields of CODE_DEPLOY services in taskSets", CODE_DEPLOY),
    LeftOut(
        "CodeDeploy",
        "AppSpec, deployment groups, hooks, traffic shifting, one deployment a group",
        CODE_DEPLOY,
    ),
    LeftOut("CodeDeploy", "task sets and the move from CODE_DEPLOY to ECS", CODE_DEPLOY),
    LeftOut(
        "CodeDeploy",
        "limits of CodeDeploy: 120 hours, 1,000 deployments, one hour to steady state",
        CODE_DEPLOY,
    ),
)
