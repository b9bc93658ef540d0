"""What the controller's roles hold in a world, by names that are the same in every world; what decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.front.grants import Grant, deciding, documents, grants_of
from sandbox.front.iam import Call
from sandbox.front.who import Principal
from tests.scenarios.permissions.only_aws import ONLY_AWS, Errand, left_to_aws
from tests.scenarios.permissions.setting import Scenario, installed, play
from tests.scenarios.stage import Stage


@dataclass(frozen=True)
class Rights:
    """The roles of the stack in one world, as they were when this was read.

    roles: logical id → name. held: every grant by the template's names (`${Table}`) → as deployed.
    """

    stage: Stage
    roles: Mapping[str, str]
    held: Mapping[Grant, Grant]

    @classmethod
    def of(cls, stage: Stage) -> Rights:
        """Read them from IAM, in the template's order."""
        resources = _resources(stage)
        names = _names(stage, resources)
        kind = "AWS::IAM::Role"
        made = [each for each in resources if each["ResourceType"] == kind]
        known = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in made}
        found = [grant for role, name in known.items() for grant in grants_of(role, _policies(stage, name))]
        return cls(stage, known, {_by_name(grant, names): grant for grant in found})

    def of_role(self, role: str) -> list[Grant]:
        """The grants of one role (its logical id), as deployed."""
        return [grant for grant in self.held.values() if grant.role == role]

    def give(self, role: str, grants: Iterable[Grant]) -> None:
        """Let a role hold exactly these grants, in place of its own."""
        iam, name = self.stage.world.client("iam"), self.roles[role]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy, document in documents(grants).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _policies(stage: Stage, name: str) -> dict[str, Any]:
    iam = stage.world.client("iam")
    found = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    return {each["PolicyName"]: each["PolicyDocument"] for each in found}


def _names(stage: Stage, resources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What a grant's resource may hold that differs from world to world → its name in the template."""
    (stack,) = stage.world.client("cloudformation").describe_stacks(StackName=stage.stack)["Stacks"]
    stated = {each["ParameterValue"]: each["ParameterKey"] for each in stack["Parameters"]}
    names = {value: key for value, key in stated.items() if value.startswith("arn:")}
    for each in resources:
        names[each["PhysicalResourceId"].rpartition("/")[2]] = each["LogicalResourceId"]
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))


def _by_name(grant: Grant, names: Mapping[str, str]) -> Grant:
    resource = grant.resource
    for value, name in names.items():
        resource = resource.replace(value, f"${{{name}}}")
    return replace(grant, resource=resource)


def _resources(stage: Stage) -> list[dict[str, Any]]:
    client = stage.world.client("cloudformation")
    found: list[dict[str, Any]] = client.describe_stack_resources(StackName=stage.stack)["StackResources"]
    return found


@dataclass(frozen=True)
class Played:
    """One scenario of the walk: what was granted while it played, and what it could not do without.

    ours: what decided on a call that the controller sent. theirs: on one of AWS's in a role's name.
    """

    scenario: Scenario
    granted: tuple[Grant, ...]
    ours: frozenset[Grant]
    theirs: frozenset[Grant]

    @property
    def decisive(self) -> frozenset[Grant]:
        """Whoever asked."""
        return self.ours | self.theirs


def recorded(scenario: Scenario, prepare: Callable[[Stage], None] = lambda _: None) -> Played:
    """Play a scenario and note which grants decided at the door.

    prepare: done between the install and the scenario. Raises as `play`.
    """
    with installed(scenario) as stage:
        prepare(stage)
        rights = Rights.of(stage)
        notes = _Notes(rights)
        stage.world.guard.watchers.append(notes)
        play(scenario, stage)
        return Played(scenario, tuple(rights.held), frozenset(notes.ours), frozenset(notes.theirs))


class _Notes:
    """Listens at a world's door."""

    def __init__(self, rights: Rights) -> None:
        self.ours: set[Grant] = set()
        self.theirs: set[Grant] = set()
        self._names = {deployed: named for named, deployed in rights.held.items()}
        self._held = {name: rights.of_role(role) for role, name in rights.roles.items()}

    def __call__(self, principal: Principal, call: Call) -> None:
        """One call is judged; AWS asks as the role itself, a function as a session of it."""
        found = deciding(self._held.get(principal.name, ()), call)
        notes = self.theirs if principal.arn == principal.role_arn else self.ours
        notes.update(self._names[grant] for grant in found)


def granted(played: Sequence[Played]) -> tuple[Grant, ...]:
    """Every grant of the template with all its options on, in its order."""
    return tuple(dict.fromkeys(grant for each in played for grant in each.granted))


def faults(played: Sequence[Played]) -> list[str]:
    """What is wrong with the grants of the template, a line each; empty means that they are what is used.

    Equal must be: what is granted and what decided; what only AWS asked for and the list that says so.
    """
    known = granted(played)
    ours = frozenset().union(*(each.ours for each in played))
    theirs = frozenset().union(*(each.theirs for each in played))
    listed = left_to_aws(known)
    return [
        *(f"granted, and never needed: {grant}" for grant in known if grant not in ours | theirs),
        *(f"only AWS needs it, and no reason is given: {grant}" for grant in theirs - ours - listed),
        *(f"said to be AWS's alone, and the controller uses it: {grant}" for grant in listed & ours),
        *(
            f"a reason is given for what is not granted: {each.why}"
            for each in ONLY_AWS
            if not _used(each, known)
        ),
    ]


def _used(errand: Errand, known: Sequence[Grant]) -> bool:
    """Whether each statement and each action that an entry names is there."""
    found = [grant for grant in known if errand.covers(grant)]
    sids = {grant.statement.rpartition("/")[2] for grant in found}
    return sids == set(errand.sids) and {grant.action for grant in found} == set(errand.actions)
