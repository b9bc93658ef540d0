"""What AWS refuses in a manifest is said before it is asked: the sandbox's refusals are rules of ours."""

from __future__ import annotations

from ecs_gitops.resources.rules import RULES
from sandbox.services.ecs.refusals.every import REFUSALS

ASKED = {"RegisterTaskDefinition", "CreateService"}
ELSEWHERE = {
    # by botocore's model: a word that it does not know is a warning with what was expected
    "ecs-task-words": "model",
    "ecs-compatibility-words": "model",
    "ecs-task-constraint-type": "model",
    "ecs-container-words": "model",
    "ecs-tags-at-most": "model",
    "ecs-tags-length": "model",
    # by what the manifest does not hold: the account, the cluster, what runs already
    "ecs-balancer-target-group": "live",
    "ecs-cluster-known": "live",
    "ecs-cluster-services": "live",
    "ecs-cluster-tasks": "live",
    "ecs-launch-type-supported": "live",
    "ecs-service-definition": "live",
    "ecs-service-draining": "live",
    "ecs-service-idempotent": "live",
    "ecs-strategy-associated": "live",
    "ecs-task-definition-active": "live",
    # by the place of the file, or by us
    "ecs-client-token": "ours",
    "ecs-identifier": "ours",
    "ecs-not-simulated": "ours",
    # a count that is not stated is not Git's; only creating a service needs one
    "ecs-replica-desired-count": "ours",
}
"""Refusals of what a manifest asks for that no rule repeats, and who says so instead."""


def test_a_rule_named_after_a_refusal_is_one() -> None:
    named = {rule.id for rule in RULES if rule.id.startswith("ecs-")}
    assert named - {refusal.id for refusal in REFUSALS} == set()


def test_every_refusal_of_what_a_manifest_asks_for_is_a_rule_or_says_why_not() -> None:
    refused = {refusal.id for refusal in REFUSALS if ASKED & set(refusal.operations)}
    assert refused - {rule.id for rule in RULES} - ELSEWHERE.keys() == set()
    assert ELSEWHERE.keys() - {refusal.id for refusal in REFUSALS} == set()
