"""A branch's head becomes desired records; whoever must look is woken; a crash anywhere is repaired."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob, Commit

from ecs_gitops.aws.dynamodb import Table
from ecs_gitops.aws.sqs import Queue
from ecs_gitops.git.credentials import codecommit_credentials
from ecs_gitops.git.limits import ORDINARY, Limits
from ecs_gitops.git.remote import Remote
from ecs_gitops.ingest.branch_head import IngestResult, ingest
from ecs_gitops.ingest.unread import keep
from ecs_gitops.model.desired import Desired
from ecs_gitops.model.errors import ConflictError, RefusedError, SourceError, ThrottledError
from ecs_gitops.model.messages import Cause
from ecs_gitops.model.names import Install, ServiceKey
from ecs_gitops.model.settings import Settings
from ecs_gitops.model.vocabulary import Reason
from sandbox.front.people import ADMIN
from sandbox.world.world import ACCOUNT, REGION, World

INSTALL = Install("main", ACCOUNT, REGION)
LOOK = Cause("Push", "event-1")
PUT = "before-call.dynamodb.PutItem"
KEYS = {"pk": "S", "sk": "S", "fleet": "S", "due": "S", "due_at": "N"}


def key(name: str, cluster: str = "handson") -> ServiceKey:
    return ServiceKey(cluster, name)


def path(name: str, cluster: str = "handson") -> str:
    return f"desired_state/{cluster}/{name}.yaml"


def manifest(image: str = "web:1", **reconcile: bool) -> str:
    return json.dumps(
        {
            "apiVersion": "ecs-gitops/v1",
            "kind": "Service",
            "taskDefinition": {
                "family": "web",
                "containerDefinitions": [{"name": "web", "image": image, "memory": 128}],
            },
            "service": {"desiredCount": 1},
            "reconcile": reconcile,
        }
    )


@dataclass
class Stage:
    """A world with a repository, a table and a queue, and the answers of look-ups."""

    world: World
    queue_url: str = ""
    answers: dict[str, Any] = field(default_factory=lambda: {"team/web": "registry.example/web"})
    clusters: tuple[str, ...] = ("handson",)

    @property
    def table(self) -> Table:
        """What is remembered."""
        return Table(self.world.client("dynamodb"), "table", INSTALL)

    def push(self, files: Mapping[str, str | None], message: str = "change") -> str:
        """Push to main."""
        return self.world.repository("config").push(files, message)

    def ingest(
        self, table: Table | None = None, pushed: tuple[str, ...] = (), limits: Limits = ORDINARY
    ) -> IngestResult:
        """Read the head once, asked to by so many pushes."""
        url = self.world.repository("config").url

        def sign() -> tuple[str, str]:
            return codecommit_credentials(url, ADMIN, REGION, self.world.timeline.now)

        return ingest(
            LOOK,
            remote=Remote(url, "main", sign, limits),
            records=table or self.table,
            queue=Queue(self.world.client("sqs"), self.queue_url),
            lookup=self.look_up,
            settings=self.settings(url),
            now=self.world.timeline.now,
            pushed=pushed,
        )

    def look_up(self, namespace: str, name: str) -> str:
        """An answer, or an error to raise."""
        answer = self.answers.get(name, RefusedError(f"there is no {name}"))
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    def settings(self, url: str) -> Settings:
        """What the install is told."""
        return Settings(
            INSTALL, "table", "", self.queue_url, "main", url, "main", "codecommit", "desired_state",
            self.clusters, observe=True, full_sweep_interval=600,
        )  # fmt: skip

    def desired(self) -> dict[ServiceKey, Desired]:
        """Git's word on every service, as stored."""
        return {found.key: found for found, _ in self.table.all() if found is not None}

    def passed(self) -> list[list[str]]:
        """What each message in the queue says was passed over; they are taken out."""
        sqs, found = self.world.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queue_url).get("Messages", []):
            for message in messages:
                found.append(json.loads(message["Body"]).get("passed", []))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def woken(self) -> set[str]:
        """Services in the queue; they are taken out."""
        sqs = self.world.client("sqs")
        found: set[str] = set()
        while True:
            answer = sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
            )
            for message in answer.get("Messages", []):
                found.add(message["Attributes"]["MessageGroupId"])
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return found


@pytest.fixture
def stage() -> Iterator[Stage]:
    with World.inline() as world:
        yield set_up(world)


def set_up(world: World) -> Stage:
    index = {"Projection": {"ProjectionType": "ALL"}}
    world.client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in KEYS.items()
        ],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {"IndexName": "fleet", "KeySchema": _keys("fleet", "pk"), **index},
            {"IndexName": "due", "KeySchema": _keys("due", "due_at"), **index},
        ],
    )
    queue = world.client("sqs").create_queue(QueueName="services.fifo", Attributes={"FifoQueue": "true"})
    return Stage(world, queue["QueueUrl"])


def _keys(hashed: str, ranged: str) -> list[dict[str, str]]:
    return [{"AttributeName": hashed, "KeyType": "HASH"}, {"AttributeName": ranged, "KeyType": "RANGE"}]


def test_a_push_writes_what_it_changed_and_wakes_it(stage: Stage) -> None:
    first = stage.push({path("auth"): manifest(), path("web"): manifest()})
    stage.ingest()
    assert stage.woken() == {"handson/auth", "handson/web"}
    second = stage.push({path("web"): manifest("web:2"), "README.md": "words"})
    result = stage.ingest()
    assert (result.commit, result.changed, result.woken) == (second, (key("web"),), (key("web"),))
    assert stage.woken() == {"handson/web"}
    found = stage.desired()
    assert {name: desired.commit for name, desired in found.items()} == {
        key("auth"): first,
        key("web"): second,
    }
    assert found[key("web")].stated.task_definition["containerDefinitions"][0]["image"] == "web:2"
    assert (found[key("web")].cause, found[key("web")].path) == ("Push", path("web"))
    assert stage.table.head("main") == (second, 2)


def test_the_same_head_again_changes_nothing_and_wakes_nobody(stage: Stage) -> None:
    stage.push({path("web"): manifest()})
    stage.ingest()
    before, _ = stage.desired(), stage.woken()
    result = stage.ingest()
    assert (result.changed, result.woken) == ((), ())
    assert (stage.desired(), stage.woken()) == (before, set())


def test_commits_that_a_read_passed_over_are_named_to_whom_it_wakes(stage: Stage) -> None:
    first = stage.push({path("web"): manifest("web:1")})
    stage.ingest(pushed=(first,))
    assert stage.passed() == [[]]
    second, third = (stage.push({path("web"): manifest(f"web:{number}")}) for number in (2, 3))
    stage.ingest(pushed=(first, second, third))  # the first was taken in before
    assert stage.passed() == [[second]]
    stage.ingest(pushed=(second,))  # a message of the same burst that came late
    assert stage.passed() == [[second]]
    stage.ingest(pushed=(third,))
    assert stage.passed() == []


class Lagging(Table):
    """A table whose index has not heard of anything yet."""

    def keys(self) -> list[ServiceKey]:
        """Nothing yet."""
        return []


def test_an_index_that_lags_hides_nothing_of_what_the_tree_holds(stage: Stage) -> None:
    stage.push({path("web"): manifest("web:1")})
    stage.ingest()
    stage.push({path("web"): manifest("web:2")})
    lagging = Lagging(stage.world.client("dynamodb"), "table", INSTALL)
    assert stage.ingest(lagging).changed == (key("web"),)
    stage.push({"README.md": "words"})
    assert stage.ingest(lagging).changed == ()
    stage.push({path("web"): manifest("web:1")})
    assert stage.ingest(lagging).changed == (key("web"),)
    assert stage.desired()[key("web")].stated.task_definition["containerDefinitions"][0]["image"] == "web:1"


def test_a_bad_manifest_keeps_its_last_statement_and_stops_nobody(stage: Stage) -> None:
    stage.push({path("web"): manifest(), path("auth"): manifest()})
    stage.ingest()
    good = stage.desired()[key("web")]
    bad = stage.push({path("web"): "service: {", path("auth"): manifest("web:2"), path("new"): "[]"})
    result = stage.ingest()
    found = stage.desired()
    assert found[key("web")].stated == good.stated
    problem = found[key("web")].problem
    assert (problem.reason, problem.commit) == (Reason.INVALID_MANIFEST, bad)
    assert problem.message.startswith("desired_state/handson/web.yaml:2:1: not YAML: ")
    assert (found[key("new")].stated, found[key("new")].problem is None) == (None, False)
    assert found[key("auth")].problem is None
    assert set(result.changed) == {key("auth"), key("new"), key("web")}
    stage.push({path("web"): manifest()})
    assert stage.ingest().changed == (key("web"),)
    assert stage.desired()[key("web")].problem is None


def test_what_belongs_to_no_service_is_told_of_the_source_until_it_is_mended(stage: Stage) -> None:
    stage.push({path("web"): manifest(), "desired_state/stray.yaml": manifest()})
    stage.ingest()
    said = "desired_state/stray.yaml: belongs to no cluster (expected <cluster>/<service>.yaml)"
    (found,) = stage.table.source("main").troubles
    assert (found.what, found.message, found.since) == ("notice", said, stage.world.timeline.now)
    stage.push({"desired_state/stray.yaml": None})
    stage.ingest()
    assert stage.table.source("main").troubles == []


def test_a_bug_in_a_reading_is_kept_with_the_source_until_a_reading_succeeds(stage: Stage) -> None:
    first = stage.push({path("web"): manifest()})
    stage.ingest()
    stage.answers["team/web"] = ZeroDivisionError("nothing is divided by nothing")
    head = stage.push({path("web"): manifest("${ecr:team/web}:1")})
    since = stage.world.timeline.now
    for _ in range(2):  # the second does not move what is said to be the first
        with pytest.raises(ZeroDivisionError):
            stage.ingest()
        stage.world.advance(90)
    source = stage.table.source("main")
    (found,) = source.troubles
    assert (source.head, found.what, found.commit, found.since) == (first, "unread", head, since)
    assert found.message == (
        f"Commit {head[:7]} is not taken in: ZeroDivisionError: nothing is divided by nothing. This is a "
        "bug of ecs-gitops: please report it, with what the log of config_push says"
    )
    stage.table.note("main", since, unreadable="")  # what the poll says is another fact
    assert stage.table.source("main").unread == found.message
    stage.answers["team/web"] = "registry.example/web"
    stage.ingest()
    assert (stage.table.source("main").head, stage.table.source("main").troubles) == (head, [])


def test_what_may_pass_is_kept_as_well_and_so_is_what_a_person_must_mend(stage: Stage) -> None:
    head = stage.push({path("web"): manifest("${ecr:team/web}:1")})
    stage.answers["team/web"] = ThrottledError("cannot read team/web: slow down")
    with pytest.raises(ThrottledError):
        stage.ingest()
    said = [each.message for each in stage.table.source("main").troubles]
    assert said == [f"Commit {head[:7]} is not taken in: cannot read team/web: slow down"]
    with pytest.raises(SourceError):
        stage.ingest(limits=Limits(pack=10))
    (found,) = stage.table.source("main").troubles
    assert (found.commit, "a fetch brings more than 10 bytes" in found.message) == ("", True)
    assert found.message.startswith("The branch's head is not taken in: cannot read ")


def test_a_reading_that_fails_late_says_nothing_of_what_a_later_one_took_in(stage: Stage) -> None:
    stage.push({path("web"): manifest()})
    late = stage.table.begin_read("main").sequence
    stage.ingest()
    keep(stage.table, "main", ValueError("late"), commit="", sequence=late, now=1.0)
    assert stage.table.source("main").unread == ""
    later = stage.table.begin_read("main").sequence
    keep(stage.table, "main", ValueError("later"), commit="", sequence=later, now=1.0)
    assert "ValueError: later" in stage.table.source("main").unread


def test_a_problem_that_stays_is_not_written_again(stage: Stage) -> None:
    stage.push({path("web"): "[]"})
    stage.ingest()
    stage.push({"README.md": "words"})
    assert stage.ingest().changed == ()


def test_a_policy_alone_is_a_change_and_keeps_the_digest(stage: Stage) -> None:
    stage.push({path("web"): manifest()})
    stage.ingest()
    before = stage.desired()[key("web")]
    stage.push({path("web"): manifest(prune=True)})
    assert stage.ingest().changed == (key("web"),)
    after = stage.desired()[key("web")]
    assert (after.policy.prune, after.stated.digest) == (True, before.stated.digest)


def test_a_reference_that_changes_is_a_new_statement_of_the_same_commit(stage: Stage) -> None:
    commit = stage.push({path("web"): manifest("${ecr:team/web}:1"), path("auth"): manifest()})
    stage.ingest()
    before, _ = stage.desired()[key("web")], stage.woken()
    stage.answers["team/web"] = "registry.example/other"
    assert stage.ingest().changed == (key("web"),)
    after = stage.desired()[key("web")]
    assert (after.commit, after.cause, before.cause) == (commit, "ReferenceChanged", "Push")
    assert after.stated.digest != before.stated.digest
    assert stage.woken() == {"handson/web"}


def test_a_reference_that_is_gone_keeps_the_last_value(stage: Stage) -> None:
    stage.push({path("web"): manifest("${ecr:team/web}:1", prune=True)})
    stage.ingest()
    before = stage.desired()[key("web")]
    del stage.answers["team/web"]
    stage.ingest()
    after = stage.desired()[key("web")]
    assert (after.stated, after.policy, after.present) == (before.stated, before.policy, True)
    assert after.problem.reason is Reason.REFERENCE_UNAVAILABLE
    assert "cannot resolve ${ecr:team/web}: there is no team/web" in after.problem.message


def test_a_look_up_that_is_throttled_leaves_its_service_and_the_head_for_later(stage: Stage) -> None:
    stage.push({path("web"): manifest("${ecr:team/web}:1"), path("auth"): manifest()})
    stage.answers["team/web"] = ThrottledError("cannot read team/web")
    with pytest.raises(ThrottledError):
        stage.ingest()
    assert set(stage.desired()) == {key("auth")}
    assert stage.table.head("main")[0] is None
    stage.answers["team/web"] = "registry.example/web"
    assert stage.ingest().changed == (key("web"),)
    assert set(stage.desired()) == {key("auth"), key("web")}


def test_the_commit_that_brought_a_revision_is_kept_while_only_in_place_fields_change(stage: Stage) -> None:
    first = stage.push({path("web"): manifest("web:1")})
    stage.ingest()
    second = stage.push({path("web"): manifest("web:1").replace('"desiredCount": 1', '"desiredCount": 2')})
    stage.ingest()
    stated = stage.desired()[key("web")].stated
    assert stated is not None
    assert (stated.commit, stated.since) == (second, first)
    third = stage.push({path("web"): manifest("web:2")})
    stage.ingest()
    stated = stage.desired()[key("web")].stated
    assert stated is not None
    assert (stated.commit, stated.since) == (third, third)


def test_what_waits_for_a_service_that_was_not_read_knows_it_until_it_was(stage: Stage) -> None:
    order = json.dumps({**json.loads(manifest("web:1")), "rollout": {"waitFor": ["handson/auth"]}})
    stage.push({path("web"): order, path("auth"): manifest("${ecr:team/web}:1")})
    stage.answers["team/web"] = ThrottledError("slow down")
    with pytest.raises(ThrottledError):
        stage.ingest()
    assert stage.desired()[key("web")].unread == (key("auth"),)
    stage.answers["team/web"] = "registry.example/web"
    assert stage.ingest().changed == (key("auth"), key("web"))
    assert stage.desired()[key("web")].unread == ()


def test_a_file_that_is_gone_is_absence_and_its_return_is_presence(stage: Stage) -> None:
    stage.push({path("web"): manifest(prune=True), path("auth"): manifest()})
    stage.ingest()
    gone = stage.push({path("web"): None})
    stage.woken()
    stage.ingest()
    found = stage.desired()[key("web")]
    assert (found.present, found.prune_allowed, found.commit) == (False, True, gone)
    assert found.policy.prune
    assert stage.woken() == {"handson/web"}
    stage.push({path("web"): manifest(prune=True)})
    stage.ingest()
    found = stage.desired()[key("web")]
    assert (found.present, found.prune_allowed) == (True, False)


@pytest.mark.parametrize(
    ("services", "gone", "allowed"), [(20, 2, True), (20, 3, False), (5, 1, True), (5, 2, False)]
)
def test_a_head_prunes_a_tenth_and_one_at_least(
    stage: Stage, services: int, gone: int, allowed: bool
) -> None:
    stage.push({path(f"s{n}"): manifest(prune=True) for n in range(services)})
    stage.ingest()
    stage.push({path(f"s{n}"): None for n in range(gone)})
    stage.ingest()
    absent = [desired for desired in stage.desired().values() if not desired.present]
    assert [desired.prune_allowed for desired in absent] == [allowed] * gone


def test_services_that_are_never_pruned_do_not_count(stage: Stage) -> None:
    stage.push({path(f"s{n}"): manifest(prune=n == 0) for n in range(5)})
    stage.ingest()
    stage.push({path(f"s{n}"): None for n in range(3)})
    stage.ingest()
    absent = [desired for desired in stage.desired().values() if not desired.present]
    assert [desired.prune_allowed for desired in absent] == [True] * 3


def test_an_empty_folder_is_no_absence(stage: Stage) -> None:
    stage.push({path("web"): manifest(prune=True), "README.md": "words"})
    stage.ingest()
    stage.push({path("web"): None})
    assert stage.ingest().changed == ()
    assert stage.desired()[key("web")].present


def test_a_missing_branch_is_no_absence(stage: Stage) -> None:
    stage.push({path("web"): manifest(prune=True)})
    stage.ingest()
    before = stage.desired()
    url = stage.world.repository("config").url
    other = replace(stage.settings(url), source_branch="other")
    remote = Remote(url, "other", lambda: codecommit_credentials(url, ADMIN, REGION, 1795405500))
    with pytest.raises(SourceError, match="there is no branch other"):
        ingest(
            LOOK, remote=remote, records=stage.table, queue=Queue(None, ""), lookup=stage.look_up,
            settings=other, now=0,
        )  # fmt: skip
    assert stage.desired() == before


def test_what_a_rewritten_branch_took_away_is_not_judged_anew_by_the_next_read(stage: Stage) -> None:
    """The next read of the same head finds no rewriting any more: its absences were judged then."""
    first = stage.push({path("auth"): manifest()})
    stage.ingest()
    stage.push({path("web"): manifest(prune=True)})
    stage.ingest()
    stage.world.repository("config").rewrite(first)
    stage.ingest()
    found = stage.desired()[key("web")]
    assert (found.present, found.prune_allowed, found.cause) == (False, False, "Rewritten")
    for _ in range(2):
        assert stage.ingest().changed == ()
        assert stage.desired()[key("web")] == found
    stage.push({path("other"): manifest()})  # nor by the next head
    stage.ingest()
    assert stage.desired()[key("web")] == found


def test_a_link_in_place_of_a_cluster_is_no_absence(stage: Stage) -> None:
    stage.push({path("web"): manifest(prune=True), path("auth", "other"): manifest()})
    stage.ingest()
    repo = stage.world.repositories.open("config")
    store = repo.object_store
    link = Blob.from_string(b"other")
    store.add_object(link)
    tree = store[store[repo.head()].tree]
    changes = [(b"desired_state/handson", None, None), (b"desired_state/handson", 0o120000, link.id)]
    commit = Commit()
    commit.tree = commit_tree_changes(store, tree, changes)
    commit.parents = [repo.head()]
    commit.author = commit.committer = b"Ada <ada@example.com>"
    commit.author_time = commit.commit_time = commit.author_timezone = commit.commit_timezone = 0
    commit.message = b"link"
    store.add_object(commit)
    repo.refs[b"refs/heads/main"] = commit.id
    result = stage.ingest()
    assert result.commit == commit.id.decode()
    assert [str(fault) for fault in result.faults[None]] == [
        "desired_state/handson: symlinks and submodules are not followed"
    ]
    assert all(desired.present for desired in stage.desired().values())


def test_a_file_with_the_wrong_ending_or_a_fault_is_no_absence(stage: Stage) -> None:
    stage.push({path("web"): manifest(prune=True), path("auth"): manifest(prune=True)})
    stage.ingest()
    stage.push({path("web"): None, "desired_state/handson/web.yml": manifest(), path("auth"): "\0"})
    stage.ingest()
    assert [desired.present for desired in stage.desired().values()] == [True, True]


def test_clusters_outside_the_install_are_listed_and_out_of_scope(stage: Stage) -> None:
    stage.clusters = ("hand*", "prod")
    stage.push({path("web"): manifest(), path("web", "other"): manifest()})
    stage.ingest()
    assert {name: desired.in_scope for name, desired in stage.desired().items()} == {
        key("web"): True,
        key("web", "other"): False,
    }


def test_going_back_and_forth_wakes_each_time(stage: Stage) -> None:
    for image in ("web:1", "web:2", "web:1", "web:2"):
        stage.push({path("web"): manifest(image)})
        stage.ingest()
        assert stage.woken() == {"handson/web"}


def test_an_earlier_read_cannot_write_over_a_later_one(stage: Stage) -> None:
    stage.push({path("web"): manifest("web:1")})
    overtaken: list[IngestResult] = []

    def overtake(**_: Any) -> None:
        dynamodb.meta.events.unregister(PUT, overtake)
        stage.push({path("web"): manifest("web:2")})
        overtaken.append(stage.ingest())

    dynamodb = stage.world.client("dynamodb")
    dynamodb.meta.events.register(PUT, overtake)
    with pytest.raises(ConflictError):
        stage.ingest()
    assert overtaken[0].sequence == 2
    desired = stage.desired()[key("web")]
    assert desired.stated.task_definition["containerDefinitions"][0]["image"] == "web:2"
    assert stage.table.head("main")[0] == overtaken[0].commit


class Crash(BaseException):
    """The function is gone."""


@contextmanager
def fused(stage: Stage, calls: int) -> Iterator[None]:
    """AWS calls work `calls` times; the next one never comes to an end."""
    left = [calls]

    def burn(**_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Crash

    emitters = [stage.world.client(service).meta.events for service in ("dynamodb", "sqs")]
    for events in emitters:
        events.register("before-call", burn)
    try:
        yield
    finally:
        for events in emitters:
            events.unregister("before-call", burn)


@pytest.mark.parametrize("calls", range(11))
def test_a_crash_after_any_call_is_repaired_by_running_again(stage: Stage, calls: int) -> None:
    stage.push({path(name): manifest(prune=True) for name in ("a", "b", "c", "d")})
    stage.ingest()
    before, _ = stage.desired(), stage.woken()
    gone = {path("a"): None, path("c"): None}
    commit = stage.push({**gone, path("b"): manifest("web:2"), path("d"): manifest("web:2", prune=True)})
    try:
        with fused(stage, calls):
            stage.ingest()
    except Crash:
        assert stage.table.head("main")[0] != commit
        woken = stage.woken()
        stage.ingest()
    else:
        assert calls >= 8, "the crash has to come before the end in most of these"
        woken = set()
    after = stage.desired()
    assert stage.woken() | woken == {f"handson/{name}" for name in "abcd"}
    assert {name for name in after if _said(after[name]) != _said(before[name])} == set(before)
    assert stage.table.head("main")[0] == commit
    absent = {name.name: desired.prune_allowed for name, desired in after.items() if not desired.present}
    assert absent == {"a": False, "c": False}


def _said(desired: Desired) -> Desired:
    return replace(desired, commit="", sequence=0, cause="", stated=replace(desired.stated, commit=""))
