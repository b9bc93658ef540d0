"""What is known of ECS and CodeDeploy and is not shown here, and why: the written rest. Pure.

Sections are those of the project's facts on the ECS API (2) and on CodeDeploy (3). Every other sentence
there that says what AWS refuses, requires or limits has a rule in `sandbox.ecs.refusals`, and every
default a row in the tables of fields.
"""

from __future__ import annotations

from dataclasses import dataclass

LATER = "comes with native blue/green"
CODE_DEPLOY = "comes with CodeDeploy; the sandbox refuses the controller until then"
NOT_ANSWERED = "the sandbox does not answer this operation"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One rule that is not shown: where the facts have it, what it says, why it is left out."""

    section: str
    rule: str
    why: str


LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut("2", "managed daemons, Express services and gateways are resources of their own", NOT_ANSWERED),
    LeftOut("2.1", "DeleteTaskDefinitions: at most ten a call, INACTIVE ones only", NOT_ANSWERED),
    LeftOut(
        "2.1",
        "up to ten minutes until a deregistered revision is refused",
        "refused at once: what depends on the lag is wrong with or without it",
    ),
    LeftOut(
        "2.1",
        "members that botocore does not know, or of a wrong type",
        "botocore refuses them before anything is sent",
    ),
    LeftOut(
        "2.2",
        "UpdateService takes no launchType, role, schedulingStrategy, serviceName, tags, clientToken",
        "botocore refuses them before anything is sent",
    ),
    LeftOut("2.2", "what UpdateService takes under the controllers CODE_DEPLOY and EXTERNAL", CODE_DEPLOY),
    LeftOut("2.2", "forceNewDeployment refused under CODE_DEPLOY", CODE_DEPLOY),
    LeftOut(
        "2.2", "NamespaceNotFoundException", "there is no Cloud Map in the sandbox: any namespace is there"
    ),
    LeftOut("2.2", "PlatformUnknownException for Windows platforms", "Windows tasks are not run"),
    LeftOut("2.2", "AccessDeniedException, ThrottlingException", "decided at the front door, not by ECS"),
    LeftOut(
        "2.2",
        "whether deploymentConfiguration is merged or replaced; whether capacity providers need a force",
        "unconfirmed: both answers are variants of the sandbox",
    ),
    LeftOut("2.3", "strategies BLUE_GREEN, LINEAR, CANARY and all that is theirs alone", LATER),
    LeftOut("2.3", "advancedConfiguration of load balancers, listener rules and weights", LATER),
    LeftOut(
        "2.3", "lifecycle hooks: at most ten of a kind, where they may stand, their time limits", LATER
    ),
    LeftOut("2.3", "ContinueServiceDeployment", LATER),
    LeftOut(
        "2.3",
        "three failed look-ups of a digest trip the breaker",
        "a digest is looked up once, and found or not",
    ),
    LeftOut(
        "2.3",
        "earlySuccessCriteria ends a deployment early",
        "its form is checked; the engine waits for all tasks",
    ),
    LeftOut(
        "2.4",
        "revisions before 2024-10-25 and deployments older than 90 days are gone",
        "no world lives so long",
    ),
    LeftOut("2.4", "the waiter ServicesStable", "boto3's own; the product waits for nothing"),
    LeftOut(
        "2.5",
        "moving tasks between Availability Zones",
        "the setting is kept and refused as AWS does; no task moves",
    ),
    LeftOut("2.5", "running on Managed Instances", "no capacity provider of that kind can be made here"),
    LeftOut("2.5", "Service Connect not under CODE_DEPLOY or EXTERNAL; test headers", CODE_DEPLOY),
    LeftOut(
        "2.5",
        "volumes that are really attached; their failures",
        "no EBS in the sandbox: the configuration is kept",
    ),
    LeftOut("2.5", "UpdateTaskProtection can hold a deployment open", NOT_ANSWERED),
    LeftOut("2.6", "fields of CODE_DEPLOY services in taskSets", CODE_DEPLOY),
    LeftOut(
        "3", "AppSpec, deployment groups, hooks, traffic shifting, one deployment a group", CODE_DEPLOY
    ),
    LeftOut("3", "task sets and the move from CODE_DEPLOY to ECS", CODE_DEPLOY),
    LeftOut(
        "3", "limits of CodeDeploy: 120 hours, 1,000 deployments, one hour to steady state", CODE_DEPLOY
    ),
)
