"""The manifest's own keys are strict, and each fault says where and what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from ecs_gitops.manifest.document import Manifest, parse, seconds
from ecs_gitops.manifest.read import read
from ecs_gitops.model.desired import ReconcilePolicy, RolloutPolicy
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Mode

HEAD = "apiVersion: ecs-gitops/v1\nkind: Service\n"


def parsed(text: str) -> tuple[Manifest | None, list[str]]:
    manifest, faults = parse(read("a.yaml", text.encode()))
    return manifest, [str(fault) for fault in faults]


def test_a_manifest_states_sections_and_what_we_may_do() -> None:
    manifest, faults = parsed(
        HEAD + "taskDefinition: {family: f}\nservice: {desiredCount: 0}\n"
        "rollout: {waitFor: [handson/auth], deadline: 90s, onFailure: hold}\n"
        "reconcile: {mode: manual, adopt: true, prune: true, selfHeal: false}\n"
        "values: {a: x, b: 1, c: true}\n"
    )
    assert faults == []
    assert manifest is not None
    assert (manifest.task_definition, manifest.service) == ({}, {}), "what is in them is checked elsewhere"
    assert manifest.rollout_policy() == RolloutPolicy((ServiceKey("handson", "auth"),), 90)
    assert manifest.reconcile_policy() == ReconcilePolicy(Mode.MANUAL, True, True, False)
    assert manifest.values == {"a": "x", "b": 1, "c": True}


def test_what_is_left_out_is_the_core_s_default() -> None:
    manifest, _ = parsed(HEAD + "service: {}")
    assert manifest is not None
    assert manifest.rollout_policy() == RolloutPolicy()
    assert manifest.reconcile_policy() == ReconcilePolicy()


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[]", ["a.yaml:1:1: a manifest is a mapping of sections"]),
        (
            "service: {}",
            [
                "a.yaml:1:1: apiVersion: is missing (expected ecs-gitops/v1)",
                "a.yaml:1:1: kind: is missing (expected Service)",
            ],
        ),
        (
            "apiVersion: ecs-gitops/v2\nkind: Service\nservice: {}",
            [
                "a.yaml:1:1: apiVersion: is text ('ecs-gitops/v2') "
                "(expected 'ecs-gitops/v1'; did you mean ecs-gitops/v1?)"
            ],
        ),
        (
            "apiVersion: ecs-gitops/v1\nkind: Job\nservice: {}",
            ["a.yaml:2:1: kind: is text ('Job') (expected 'Service')"],
        ),
        (HEAD, ["a.yaml:1:1: states neither taskDefinition nor service"]),
        (HEAD + "sevice: {}", ["a.yaml:3:1: sevice: unknown key (did you mean service?)"]),
        (HEAD + "service: []", ["a.yaml:3:1: service: is a list (expected a map)"]),
        (
            HEAD + "service: {}\nreconcile: {selfheal: true}",
            ["a.yaml:4:13: reconcile.selfheal: unknown key (did you mean selfHeal?)"],
        ),
        (
            HEAD + "service: {}\nreconcile: {prune: yes}",
            ["a.yaml:4:13: reconcile.prune: is text ('yes') (expected true or false)"],
        ),
        (
            HEAD + "service: {}\nreconcile: {mode: off}",
            [
                "a.yaml:4:13: reconcile.mode: is text ('off') (expected 'auto', 'manual' or 'observe')",
            ],
        ),
        (
            HEAD + "service: {}\nrollout: {onFailure: revert}",
            ["a.yaml:4:11: rollout.onFailure: is text ('revert') (expected 'hold')"],
        ),
        (
            HEAD + "service: {}\nrollout: {deadline: 30}",
            ["a.yaml:4:11: rollout.deadline: is a whole number (30) (expected text)"],
        ),
        (
            HEAD + "service: {}\nrollout: {deadline: 30d}",
            ["a.yaml:4:11: rollout.deadline: '30d' is not a duration such as 90s, 30m or 2h"],
        ),
        (
            HEAD + "service: {}\nrollout:\n  waitFor:\n    - auth",
            ["a.yaml:6:7: rollout.waitFor[0]: cannot read service 'auth': expected cluster/service"],
        ),
        (
            HEAD + "service: {}\nrollout: text\nreconcile: {mode: manul}\nvalues: {a: [1], b: {}}",
            [
                "a.yaml:4:1: rollout: is text ('text') (expected a map)",
                "a.yaml:5:13: reconcile.mode: is text ('manul') "
                "(expected 'auto', 'manual' or 'observe'; did you mean manual?)",
                "a.yaml:6:10: values.a: is a list (expected text, a number, or true or false)",
                "a.yaml:6:18: values.b: is a map (expected text, a number, or true or false)",
            ],
        ),
        (
            HEAD + f"service: {{}}\nrollout: {{waitFor: [{'a/b, ' * 101}]}}",
            ["a.yaml:4:11: rollout.waitFor: holds 101 (expected at most 100)"],
        ),
        (
            HEAD + "service: {}\nscalableTarget: {MinCapacity: 1}\nrollout: {gates: [{name: a}]}",
            [
                "a.yaml:4:1: scalableTarget: is not supported by this version yet",
                "a.yaml:5:11: rollout.gates: is not supported by this version yet",
            ],
        ),
    ],
)
def test_each_fault_says_where_and_what_was_expected(text: str, faults: list[str]) -> None:
    assert parsed(text) == (None, faults)


def test_reserved_sections_that_state_nothing_are_no_fault() -> None:
    manifest, faults = parsed(HEAD + "service: {}\ndeploymentGroup: {}\nscalingPolicies: []\n")
    assert (manifest is not None, faults) == (True, [])


def test_every_fault_of_a_manifest_is_told_at_once() -> None:
    _, faults = parsed("kind: Job\nservce: {}\nrollout: {deadline: x, waitfor: []}")
    assert len(faults) == 5


@pytest.mark.parametrize(("text", "value"), [("90s", 90), ("30m", 1800), ("2h", 7200)])
def test_durations_are_seconds(text: str, value: int) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "0m", "m", "-1m", "1.5h", "30", "1d", "100000s", "٣m"])
def test_other_texts_are_no_durations(text: Any) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)
