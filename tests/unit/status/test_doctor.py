"""Each thing that may be missing is one line with a way out, and says nothing where all is well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.record import Record, Status
from ecs_gitops.model.vocabulary import Health, Reason, Sync
from ecs_gitops.status import doctor
from ecs_gitops.status.doctor import Facts, Line
from ecs_gitops.store.heads import Source
from tests.unit.builders import KEY, NOW, a_desired, a_statement, a_task_definition

OUTPUTS = dict.fromkeys(
    ("InstallId", "TableName", "SourcesQueueUrl", "ServicesQueueUrl", "ClusterNames"), "x"
) | {"Mode": "apply"}
WELL = Facts(
    OUTPUTS,
    {"PassableRoleArns": "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b"},
    rules={"SourceChanged": True},
    waiting={"ServicesQueue": 3, "ServicesDeadLetters": 0},
    age={"ServicesQueue": 20.0, "SourcesQueue": None},
)
SERVICE = {"serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/handson/web"}


def status(reason: Reason) -> Record:
    return Record(KEY, status=Status(Sync.UNKNOWN, Health.UNKNOWN, reason, "cannot resolve it."))


def problems(lines: list[Line] | Line) -> list[tuple[str, str]]:
    found = [lines] if isinstance(lines, Line) else lines
    assert all(line.todo for line in found if line.ok is False)
    return [(line.what, line.message) for line in found if line.ok is False]


def naming(role: str, **fields: Any) -> list[tuple[Any, Record]]:
    stated = a_statement(task_definition=a_task_definition(taskRoleArn=role))
    return [(a_desired(stated, **fields), Record(KEY))]


def test_where_all_is_well_no_line_is_a_problem():
    lines = [
        doctor.check_outputs(WELL),
        doctor.check_mode(WELL),
        doctor.check_trail(True),
        *doctor.check_rules(WELL),
        *doctor.check_queues(WELL),
        doctor.check_sweep(NOW - 700, 600, NOW),
        *doctor.check_services([(a_desired(), status(Reason.SYNCED))], {KEY: SERVICE}),
        *doctor.check_roles(naming("arn:aws:iam::123456789012:role/b"), WELL),
    ]
    assert problems(lines) == []
    assert doctor.is_well(lines)
    assert len(lines) == 10


@pytest.mark.parametrize(
    ("found", "what", "part"),
    [
        (doctor.check_outputs(replace(WELL, outputs={})), "outputs", "lacks InstallId, TableName"),
        (doctor.check_trail(False), "trail", "nobody can say who made them"),
        (doctor.check_rules(replace(WELL, rules={"A": True, "B": False})), "rules", "The event rule B"),
        (
            doctor.check_queues(replace(WELL, waiting={"EventsDeadLetters": 2})),
            "dead letters",
            "2 messages were given up into EventsDeadLetters",
        ),
        (doctor.check_queues(replace(WELL, age={"ServicesQueue": 1200.0})), "queues", "20 minutes ago"),
        (doctor.check_sweep(0.0, 600, NOW), "sweep", "No full sweep was ever completed"),
        (doctor.check_sweep(NOW - 3600, 600, NOW), "sweep", "60 minutes ago"),
        (
            doctor.check_services([], {KEY: {"serviceArn": "arn:aws:ecs:us-east-1:1:service/web"}}),
            "arns",
            "handson/web names no cluster",
        ),
        (
            doctor.check_services([(None, status(Reason.REFERENCE_UNAVAILABLE))], {}),
            "references",
            "handson/web: cannot resolve it.",
        ),
        (doctor.check_services([(None, status(Reason.REFUSED))], {}), "rights", "handson/web: cannot"),
        (
            doctor.check_roles(naming("arn:aws:iam::123456789012:role/c"), WELL),
            "roles",
            "role/c, which is none of PassableRoleArns",
        ),
    ],
)
def test_a_problem_is_named_with_a_way_out(found: Any, what: str, part: str):
    ((named, message),) = problems(found)
    assert named == what
    assert part in message
    assert not doctor.is_well([found] if isinstance(found, Line) else found)


def test_roles_matter_only_where_the_install_acts():
    role = "arn:aws:iam::123456789012:role/c"
    assert doctor.check_roles(naming(role), replace(WELL, outputs={"Mode": "observe"})) == []
    assert problems(doctor.check_roles(naming(role, in_scope=False), WELL)) == []
    assert problems(doctor.check_roles([(None, Record(ServiceKey("a", "b")))], WELL)) == []


def test_a_head_that_is_not_taken_in_is_a_problem_and_says_which_and_a_notice_is_none():
    well = Source(head="c0ffee2000", notice="Commit c0ffee2 holds no manifests.")
    (line,) = doctor.check_source(well)
    assert (line.ok, line.message) == (True, "The branch is followed: commit c0ffee2 is taken in.")
    for name in ("unread", "unreadable", "late"):
        assert problems(doctor.check_source(replace(well, **{name: "why"}))) == [("source", "why")]
    assert [line.ok for line in doctor.check_source(Source())] == [None]
