"""Tasks as processes: they serve what their image holds, end as told, and say why they did not start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

from sandbox.ground.processes import clean_environment
from sandbox.services.ecs.running import Running, Stopped
from tests.served.stages import GUARD, tasks

CONF = "etc/nginx/conf.d/default.conf"


def get(address: tuple[str, int], path: str, method: str = "GET") -> tuple[int, str]:
    connection = HTTPConnection(*address, timeout=GUARD)
    try:
        connection.request(method, path)
        with connection.getresponse() as answer:
            return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_task_serves_its_images_files_as_nginx_would(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        html = "usr/share/nginx/html"
        stage.image(
            "web:1", {f"{html}/index.html": "home", f"{html}/docs/a.txt": "text", "etc/secret": "s"}
        )
        stage.start("t", "web:1")
        address = stage.running("t")
        assert get(address, "/") == (200, "home")
        assert get(address, "/index.html?x=1") == (200, "home")
        assert get(address, "/docs/a.txt") == (200, "text")
        assert get(address, "/docs/")[0] == 403, "a folder without an index"
        assert get(address, "/docs")[0] == 301
        assert get(address, "/missing")[0] == 404
        assert get(address, "/../../../etc/secret")[0] == 404
        assert get(address, "/", "POST")[0] == 405
        assert get(address, "/", "HEAD") == (200, "")
        assert stage.runner.probe("t", 80, "/missing") == 404
        assert stage.runner.probe("t", 8080, "/") is None, "nothing listens there"


def test_a_task_told_to_stop_answers_what_is_under_way_and_exits_zero(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        big = "x" * 30_000_000
        stage.image("web:1", {"usr/share/nginx/html/big.txt": big})
        stage.start("t", "web:1")
        client = HTTPConnection(*stage.running("t"), timeout=GUARD)
        client.request("GET", "/big.txt")
        answer = client.getresponse()
        with stage.turn():
            stage.runner.stop("t")
        stage.until_refused(stage.running("t"))
        assert len(stage.heard["t"]) == 1, "it is still answering"
        assert len(answer.read()) == len(big)
        assert stage.stopped("t").exit_code == 0
        client.close()


def test_a_configuration_that_nginx_does_not_know_is_the_containers_reason(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        stage.image("web:2", {CONF: "server {\n    lisen 80;\n}\n"})
        stage.start("t", "web:2")
        assert stage.stopped("t") == Stopped(
            1,
            'nginx: [emerg] unknown directive "lisen" in /etc/nginx/conf.d/default.conf:2',
            "EssentialContainerExited",
        )
        assert stage.heard["t"] == [stage.stopped("t")], "it never ran"


def test_a_task_can_listen_on_another_port_and_answer_as_its_configuration_says(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        text = "server { listen 8080; location /healthz { return 500; } location = /go { return 301 /x; } }"
        stage.image("web:3", {CONF: text})
        stage.start("t", "web:3")
        stage.until(lambda: stage.heard["t"], "it runs")
        assert stage.heard["t"] == [Running(None)], "nothing is behind port 80"
        assert stage.runner.probe("t", 80, "/") is None
        assert stage.runner.probe("t", 8080, "/") == 200
        assert stage.runner.probe("t", 8080, "/healthz") == 500
        assert stage.runner.probe("t", 8080, "/go") == 301


def test_an_image_that_is_not_there_cannot_be_pulled(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        stage.start("t", "nginx:1", "shop:9")
        assert stage.heard["t"] == [], "not inside the call"
        stage.advance(0)
        stopped = stage.stopped("t")
        assert (stopped.exit_code, stopped.stop_code) == (None, "TaskFailedToStart")
        assert "CannotPullContainerError" in stopped.reason
        assert "shop:9" in stopped.reason


def test_a_program_that_is_not_in_the_image_cannot_start(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        stage.start("t", "nginx:1", command=["php-fpm", "-F"])
        stage.advance(0)
        assert stage.stopped("t") == Stopped(
            None,
            "CannotStartContainerError: container c0: failed to create task for container: "
            'exec: "php-fpm": executable file not found in $PATH',
            "TaskFailedToStart",
        )


def test_a_crash_of_one_essential_container_ends_the_whole_task_once(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        stage.start("t", "nginx:1", "nginx:2")
        stage.until(lambda: stage.heard["t"], "it runs")
        _, second = stage.runner.pids("t")
        os.kill(second, signal.SIGKILL)
        assert stage.stopped("t") == Stopped(137, "", "EssentialContainerExited")
        assert len(stage.heard["t"]) == 2
        assert stage.runner.pids("t") == ()


def test_a_task_that_does_not_end_on_sigterm_is_killed_at_its_stop_timeout(tmp_path: Path) -> None:
    with tasks(tmp_path) as stage:
        stage.start("t", "nginx:1")
        stage.running("t")
        [pid] = stage.runner.pids("t")
        os.kill(pid, signal.SIGSTOP)
        stage.runner.stop("t")
        stage.advance(29)
        assert len(stage.heard["t"]) == 1
        stage.advance(2)
        assert stage.stopped("t").exit_code == 137


def test_nothing_of_ours_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    """A parent starts a task and a balancer, is killed, and both pipes it held come to their end."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], env=clean_environment(), stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    parent.kill()
    assert parent.stdout.read() == b"", "whoever held the other end is gone"
    parent.stdout.close()
    parent.wait()


PARENT = """
import os, signal, subprocess, sys
from pathlib import Path
from sandbox.services.ecr.registry import Store
from sandbox.ground.processes import ROOT, clean_environment
folder = Store(Path(sys.argv[1])).resolve("nginx:1") / "rootfs"
for words in (["sandbox.tasks.server", str(folder)], ["sandbox.services.elb.balancer"]):
    # the grandchildren hold our own stdout as their stderr, so its end tells of theirs
    process = subprocess.Popen([sys.executable, "-m", *words], stdin=-1, stdout=-1, stderr=1,
                               env=clean_environment(), start_new_session=True)
    if words[0].endswith("server"):
        process.stdout.readline()
print("started", flush=True)
signal.pause()
"""
