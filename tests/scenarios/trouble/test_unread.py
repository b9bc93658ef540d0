"""A head that can be seen but not taken in: told above all services, by doctor and on the topic."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.world.faults import none
from tests.scenarios.git_host import a_host_of, fetches_that_answer, moved, well
from tests.scenarios.stage import Stage, a_manifest
from tests.scenarios.test_life_doctor import examine
from tests.scenarios.test_life_notify import a_told_stage, sent
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row
from tests.scenarios.trouble.test_sources import ONCE, RUNNING, URL, told
from tests.unit.git.packs import BLOB, MIB, TREE, Craft, copy, delta, name_of, tree, zeros

SMALLER = "Take large files out of the branch, or keep the manifests in a repository of their own."
NEWS = ["config repository: not followed", "config repository: recovered"]


@contextmanager
def a_running_service() -> Iterator[tuple[Stage, str]]:
    """Version 1 runs, and would be deleted if its file were gone; its commit."""
    with a_told_stage() as stage:
        commit = stage.push({"nginx": a_manifest("nginx:1", reconcile={"prune": True})})
        stage.until_rolled_out("nginx", "nginx:1")
        stage.world.advance(60)
        assert (told(stage), measured(stage)["SourceReadable"], sent(stage)) == ("", 1.0, [])
        yield stage, commit


def ends(
    trouble: Trouble, stage: Stage, commit: str, said: str, mend: Callable[[], object], what: str = "unread"
) -> None:
    """This was told everywhere, the service is as it was, and all is well once it is mended."""
    trouble.told(told(stage), said)
    source = json.loads(stage.ask("status", "-o", "json"))["source"]
    assert [(each["what"], each["message"]) for each in source["troubles"]] == [(what, said)]
    assert json.loads(stage.ask("status", "handson/nginx", "-o", "json"))["source"] == source
    code, lines = examine(stage)
    assert (code, [(each["ok"], each["message"]) for each in lines["source"]]) == (3, [(False, said)])
    assert measured(stage)["SourceReadable"] == 0.0
    assert measured(stage)["HeadBehind"] >= 120 or what == "unreadable"
    assert sent(stage) == NEWS[:1]
    synced = f"ECS runs commit {commit[:7]} as nginx-task:1: 2 of 2 tasks are running."
    assert line(stage.status("nginx")) == f"Synced Healthy: {synced}"
    trouble.stands(stage, RUNNING, ONCE)
    mend()
    stage.world.advance(420)  # the same head is asked for again after five minutes
    assert (told(stage), sent(stage)) == ("", NEWS)
    assert measured(stage) == {"SweepCompleted": 1.0, "SourceReadable": 1.0, "HeadBehind": 0.0}
    assert [each["ok"] for each in examine(stage)[1]["source"]] == [True]
    stage.an_ordinary_push_works()
    stage.world.advance(600)
    assert (told(stage), sent(stage)) == ("", NEWS)


def measured(stage: Stage) -> dict[str, float]:
    """What the last sweep reported to the alarms."""
    group = stage.resource("SweeperLogs")
    events = stage.world.client("logs").filter_log_events(logGroupName=group)["events"]
    said = [each["message"] for each in events if each["message"].startswith('{"_aws"')]
    names = ("SweepCompleted", "SourceReadable", "HeadBehind")
    return {name: json.loads(said[-1])[name][0] for name in names}


def not_taken_in(head: str, why: str) -> str:
    return f"Commit {head[:7]} is not taken in: {why}"


@row("a head that is seen but cannot be fetched or read")
def test_a_large_file_beside_the_folder_that_a_fetch_brings_along(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        craft = Craft()
        noise = os.urandom(65 * MIB)
        craft.raw(3, len(noise), zlib.compress(noise, 0))
        head = craft.commit({"nginx.yaml": craft.add(BLOB, a_manifest("nginx:2").encode())})
        stage.world.faults.instead = a_host_of(head, craft.data())
        stage.world.advance(240)
        why = f"cannot read {URL}: a fetch brings more than 67,108,864 bytes. {SMALLER}"
        ends(trouble, stage, commit, not_taken_in(head, why), lambda: well(stage))


@row("a head that is seen but cannot be fetched or read")
def test_twenty_thousand_files_and_one(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        files: dict[str, Any] = {f"desired_state/notes/{count}.txt": "a" for count in range(20_000)}
        head = stage.repository.push(files, "Add notes")
        stage.world.advance(240)
        why = f"cannot read {URL}: there are more than 20,000 files below desired_state. {SMALLER}"

        def take_one_out() -> None:
            stage.repository.push(dict.fromkeys(files), "Take them out")

        ends(trouble, stage, commit, not_taken_in(head, why), take_one_out)


@row("a head that is seen but cannot be fetched or read")
def test_a_reading_that_fails_each_time_by_a_fault(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        stage.world.faults.instead = fetches_that_answer(503)
        head = stage.push({"nginx": a_manifest("nginx:2")})
        stage.world.advance(240)
        why = f"cannot read {URL}: unexpected http resp 503 for {URL}/git-upload-pack"

        def answer_again_and_go_back() -> None:
            stage.world.faults.instead = none
            stage.repository.rewrite(commit)

        ends(trouble, stage, commit, not_taken_in(head, why), answer_again_and_go_back)


@row("a file of 300 MB beside the folder")
def test_a_large_file_that_is_small_on_the_wire_is_passed_over(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        craft = Craft()
        craft.raw(3, 300 * MIB, zeros(300 * MIB))
        text = a_manifest("nginx:2").encode()
        root = craft.add(
            TREE, tree({"handson/": craft.add(TREE, tree({"nginx.yaml": craft.add(BLOB, text)}))})
        )
        head = craft.commit_of(craft.add(TREE, tree({"desired_state/": root})), commit)
        stage.world.faults.instead = a_host_of(head, craft.data())
        stage.until_rolled_out("nginx", "nginx:2")
        stage.world.advance(120)
        assert (told(stage), sent(stage)) == ("", [])
        trouble.told(
            line(stage.status("nginx")),
            f"Synced Healthy: ECS runs commit {head[:7]} as nginx-task:2: 2 of 2 tasks are running.",
        )
        trouble.stands(stage, "nginx-task:2 (nginx:2), 2 of 2 running", [*ONCE, "nginx:2 SUCCESSFUL"])
        well(stage)
        stage.an_ordinary_push_works()


@row("a pack of 181 bytes that states 1.2 GB")
def test_a_change_into_more_than_a_function_holds(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        craft = Craft()
        craft.add(BLOB, b"x" * 16)
        craft.change(name_of(BLOB, b"x" * 16), delta(16, 1200 * MIB, [copy(0, 16)]))
        assert len(craft.data()) < 181
        text = a_manifest("nginx:1", reconcile={"prune": True}).encode()
        files = {"nginx.yaml": craft.add(BLOB, text), "web.yaml": bytes(20)}  # what the change would be
        folder = craft.add(TREE, tree({"handson/": craft.add(TREE, tree(files))}))
        head = craft.commit_of(craft.add(TREE, tree({"desired_state/": folder})), commit)
        stage.world.faults.instead = a_host_of(head, craft.data())
        stage.world.advance(420)
        assert (told(stage), sent(stage)) == ("", ["handson/web: InvalidManifest"])
        said = "desired_state/handson/web.yaml: larger than 1,000,000 bytes."
        trouble.told(
            line(stage.status("web")),
            f"OutOfSync Missing InvalidManifest: {said} Nothing was ever applied.",
        )
        trouble.stands(stage, RUNNING, ONCE)
        trouble.stands(stage, "no service", [], "web")
        well(stage)
        stage.an_ordinary_push_works()


@row("a pack of 181 bytes that states 1.2 GB")
def test_an_object_that_states_more_than_a_function_holds(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        craft = Craft()
        head = craft.commit({"nginx.yaml": craft.add(BLOB, a_manifest("nginx:2").encode())})
        craft.raw(3, 1 << 40, zlib.compress(b"x"))
        stage.world.faults.instead = a_host_of(head, craft.data())
        stage.world.advance(420)
        why = f"cannot read {URL}: it unpacks to more than 1,073,741,824 bytes. {SMALLER}"
        ends(trouble, stage, commit, not_taken_in(head, why), lambda: well(stage))


@row("a Git host that sends us on to another one")
def test_a_redirect_to_another_host(trouble: Trouble) -> None:
    with a_running_service() as (stage, commit):
        stage.world.faults.instead = moved("https://git.example.com/config")
        stage.world.advance(240)
        said = (
            f"cannot read {URL}: https://git-codecommit.us-east-1.amazonaws.com:443 sends us on to "
            "https://git.example.com:443, and we follow to no other host. Deploy with the SourceUrl at "
            "which the repository is now."
        )
        ends(trouble, stage, commit, said, lambda: well(stage), "unreadable")
