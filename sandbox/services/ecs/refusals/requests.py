"""What ECS refuses about a request as such: names that lead nowhere, lists too long, tags. Pure.

Most of these need a look-up, so they have a sentence instead of a check; `{…}` is filled in by who raises.
"""

from __future__ import annotations

from sandbox.services.ecs.refusals.refusal import (
    API,
    BOTH,
    CLIENT,
    CREATE,
    DELETE,
    INVALID,
    RECORDED,
    REGISTER,
    UPDATE,
    Asked,
    Refusal,
    say_if,
)

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256
PAGES = {
    "ListServices": 100,
    "ListTasks": 100,
    "ListTaskDefinitions": 100,
    "ListTaskDefinitionFamilies": 100,
    "ListServiceDeployments": 100,
}
"""The largest page that may be asked for."""
TAGGED = (REGISTER, CREATE, "TagResource")
IN_CLUSTER = (*BOTH, DELETE, "DescribeServices", "ListServices", "ListTasks", "DescribeTasks", "StopTask")
LISTED = ("DescribeServices", "DescribeTasks", "DescribeServiceDeployments", "DescribeServiceRevisions")


def _tags(asked: Asked) -> list[tuple[str, str]]:
    tags = asked.request.get("tags") or ()
    return [(str(item.get("key", "")), str(item.get("value", ""))) for item in tags]


def _many_tags(asked: Asked) -> str | None:
    keys = {key for key, _ in (*asked.tags, *_tags(asked))}
    return say_if(len(keys) > MOST_TAGS, f"The maximum number of tags is {MOST_TAGS}.")


def _reserved_tags(asked: Asked) -> str | None:
    reserved = any(key.lower().startswith("aws:") for key, _ in _tags(asked))
    return say_if(reserved, "Tag keys cannot start with the reserved prefix aws:.")


def _long_tags(asked: Asked) -> str | None:
    wrong = any(
        not 0 < len(key) <= LONGEST_KEY or len(value) > LONGEST_VALUE for key, value in _tags(asked)
    )
    words = f"A tag's key can have at most {LONGEST_KEY} characters, its value at most {LONGEST_VALUE}."
    return say_if(wrong, words)


def _page(asked: Asked) -> str | None:
    size = asked.request.get("maxResults")
    return say_if(size is not None and not 1 <= int(size) <= 100, "maxResults should be between 1 and 100.")


REQUEST_REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        "ecs-cluster-known", IN_CLUSTER, "ClusterNotFoundException", RECORDED, says="Cluster not found."
    ),
    Refusal(
        "ecs-service-known",
        (UPDATE, DELETE, "ListServiceDeployments"),
        "ServiceNotFoundException",
        RECORDED,
        says="Service not found.",
    ),
    Refusal("ecs-service-definition", BOTH, CLIENT, RECORDED, says="TaskDefinition not found."),
    Refusal(
        "ecs-service-idempotent",
        (CREATE,),
        INVALID,
        RECORDED,
        says="Creation of service was not idempotent.",
    ),
    Refusal(
        "ecs-service-draining",
        (CREATE,),
        INVALID,
        RECORDED,
        says="Unable to Start a service that is still Draining.",
    ),
    Refusal("ecs-list-stated", LISTED, INVALID, RECORDED, says="{title} cannot be empty."),
    Refusal(
        "ecs-list-at-most",
        LISTED,
        INVALID,
        API,
        says="{name} can have at most {limit} items.",
        confirmed=False,
    ),
    Refusal("ecs-page-size", tuple(PAGES), INVALID, API, _page, confirmed=False),
    Refusal(
        "ecs-deployment-known",
        ("StopServiceDeployment",),
        "ServiceDeploymentNotFoundException",
        API,
        says="Service deployment not found.",
        confirmed=False,
    ),
    Refusal(
        "ecs-deployment-stoppable",
        ("StopServiceDeployment",),
        "ConflictException",
        API,
        says="The service deployment {doing}: it is {status}.",
        confirmed=False,
    ),
    Refusal(
        "ecs-identifier",
        ("DescribeServiceDeployments", "DescribeServiceRevisions", "StopServiceDeployment"),
        INVALID,
        RECORDED,
        says="Invalid identifier: {arn}",
    ),
    Refusal("ecs-task-known", ("StopTask",), INVALID, RECORDED, says="The referenced task was not found."),
    Refusal(
        "ecs-tagged-known",
        ("TagResource", "UntagResource", "ListTagsForResource"),
        INVALID,
        RECORDED,
        says="The specified resource could not be found.",
    ),
    Refusal("ecs-tags-at-most", TAGGED, INVALID, API, _many_tags, confirmed=False),
    Refusal("ecs-tags-reserved", TAGGED, INVALID, API, _reserved_tags, confirmed=False),
    Refusal("ecs-tags-length", TAGGED, INVALID, API, _long_tags, confirmed=False),
    Refusal(
        "ecs-cluster-services",
        ("DeleteCluster",),
        "ClusterContainsServicesException",
        API,
        says="The Cluster cannot be deleted while Services are active.",
    ),
    Refusal(
        "ecs-cluster-tasks",
        ("DeleteCluster",),
        "ClusterContainsTasksException",
        API,
        says="The Cluster cannot be deleted while Tasks are active.",
    ),
)
"""The rules of requests as such."""
