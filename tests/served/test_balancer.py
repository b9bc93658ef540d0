"""The balancer's process: where requests go, and that none is lost, doubled or made up."""

from __future__ import annotations

import socket
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import IncompleteRead
from pathlib import Path

import pytest

from sandbox.services.elb.targets import Drained
from tests.served.stages import BLUE, GREEN, GUARD, Origin, a_balancer, an_origin, target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(origin: Origin, answer: bytes) -> Future[bytes]:
    """Let an origin answer one request, on a thread; what it received."""

    def one() -> bytes:
        connection, received = origin.request()
        with connection:
            connection.sendall(answer)
        return received

    pool = ThreadPoolExecutor(1)
    future = pool.submit(one)
    pool.shutdown(wait=False)
    return future


def test_requests_go_by_host_and_path_and_an_unknown_host_gets_the_default(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage:
        stage.page("blue", "blue page")
        stage.page("green", "green page")
        stage.start("b", "blue")
        stage.start("g", "green")
        stage.rules = [
            {"hosts": ["blue.example.com"], "paths": [], "action": {"forward": [[BLUE, 1]]}},
            {"hosts": [], "paths": ["/green*"], "action": {"forward": [[GREEN, 1]]}},
        ]
        stage.default = {"fixed": [404, "text/plain", "no such site"]}
        stage.register(target("b"), stage.running("b"))
        stage.register(target("g", GREEN), stage.running("g"))
        assert stage.get("/", "Blue.example.com:80") == (200, "blue page")
        assert stage.get("/green/../", "blue.example.com") == (200, "blue page"), "the first rule decides"
        assert stage.get("/green/../", "else.example.com") == (200, "green page")
        assert stage.get("/", "else.example.com") == (404, "no such site")


def test_without_a_healthy_target_the_answer_is_503(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage:
        assert stage.get()[0] == 503
        with an_origin() as origin:
            stage.register(target("t"), origin.address, status=500)
            stage.advance(60)
            assert stage.get()[0] == 503
            assert origin.none_waits()


def test_a_target_that_is_gone_gives_502_and_no_other_is_tried(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as gone, an_origin() as other:
        stage.register(target("gone"), gone.address)
        stage.register(target("other"), other.address)
        gone.close()
        assert stage.get()[0] == 502
        assert other.none_waits()


def test_a_target_that_hangs_up_gives_502_and_is_asked_once(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as origin:
        stage.register(target("t"), origin.address)
        received = answering(origin, b"")
        assert stage.get()[0] == 502
        assert received.result(GUARD).startswith(b"GET / HTTP/1.1\r\n")
        assert origin.none_waits()


def test_an_answer_cut_short_is_cut_short_for_the_client(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as origin:
        stage.register(target("t"), origin.address)
        answering(origin, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        with pytest.raises((IncompleteRead, ConnectionError)):
            stage.get()


def test_a_request_on_its_way_to_a_draining_target_is_answered_and_new_ones_go_elsewhere(
    tmp_path: Path,
) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as old, an_origin() as new:
        stage.register(target("old"), old.address)
        with ThreadPoolExecutor(2) as clients:
            slow = clients.submit(stage.get)
            connection, _ = old.request()
            stage.register(target("new"), new.address)
            stage.deregister(target("old"))
            for _ in range(4):
                answering(new, OK)
                assert clients.submit(stage.get).result(GUARD) == (200, "ok")
            assert Drained(target("old")) not in stage.events, "a request is still on its way"
            with connection:
                connection.sendall(OK)
            assert slow.result(GUARD) == (200, "ok")
        stage.drained(target("old"))
        assert old.none_waits()


def test_a_client_keeps_its_connection_while_all_targets_change(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage:
        for name in ("one", "two"):
            stage.page(name, name)
        client = stage.connect()
        client.connect()
        kept = client.sock
        seen = []
        stage.roll({"t1": "one"}, old=())
        for name, old in (("two", "t1"), ("one", "t2"), ("two", "t3")):
            client.request("GET", "/")
            seen.append(client.getresponse().read().decode())
            stage.roll({f"t{int(old[1]) + 1}": name}, old=(old,))
        client.request("GET", "/")
        seen.append(client.getresponse().read().decode())
        assert seen == ["one", "two", "one", "two"]
        assert client.sock is kept
        client.close()


def test_a_weighted_action_shares_requests_exactly(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage:
        stage.page("blue", "blue")
        stage.page("green", "green")
        stage.start("b", "blue")
        stage.start("g", "green")
        stage.default = {"forward": [[BLUE, 9], [GREEN, 1]]}
        stage.register(target("b"), stage.running("b"))
        stage.register(target("g", GREEN), stage.running("g"))
        answers = [stage.get()[1] for _ in range(20)]
        assert (answers.count("blue"), answers.count("green")) == (18, 2)


def test_a_request_reaches_the_target_whole_with_the_headers_that_alb_adds(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as origin:
        stage.register(target("t"), origin.address)

        def serve() -> bytes:
            connection, received = origin.request()
            with connection:
                while not received.endswith(b"a=1"):
                    received += connection.recv(65_536)
                connection.sendall(
                    b"HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
                )
            return received

        with ThreadPoolExecutor(1) as pool:
            served = pool.submit(serve)
            client = stage.connect()
            headers = {"Host": "shop.example.com", "X-Forwarded-For": "203.0.113.9", "Keep-Alive": "5"}
            client.request(
                "POST", "/cart?x=1", body=iter([b"a=", b"1"]), headers=headers, encode_chunked=True
            )
            answer = client.getresponse()
            assert (answer.status, answer.reason, answer.read()) == (201, "Made", b"ok")
            client.close()
        head, _, body = served.result(GUARD).partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        assert (first, body) == ("POST /cart?x=1 HTTP/1.1", b"a=1")
        assert sorted(line.lower() for line in lines if not line.lower().startswith("accept-encoding")) == [
            "connection: close",
            "content-length: 3",
            "host: shop.example.com",
            "x-forwarded-for: 203.0.113.9, 127.0.0.1",
            "x-forwarded-proto: http",
        ]


def test_what_is_no_http_is_refused_with_400(tmp_path: Path) -> None:
    with (
        a_balancer(tmp_path) as stage,
        socket.create_connection(("127.0.0.1", stage.port), GUARD) as client,
    ):
        client.sendall(b"EHLO there\r\n\r\n")
        received = b""
        while part := client.recv(65_536):
            received += part
        assert received.startswith(b"HTTP/1.1 400 ")


def test_a_listener_whose_port_is_taken_gets_the_next(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as other:
        taken = other.address[1]
        listener = {
            "arn": "other",
            "port": taken,
            "rules": [],
            "default": {"fixed": [200, "text/plain", ""]},
        }
        stage.balancer.tell({"listeners": [listener], "groups": {}})
        assert stage.balancer.url("other") != f"http://127.0.0.1:{taken}"


def test_the_balancer_ends_when_its_parent_does(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage:
        process = stage.balancer._process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(GUARD) == 0


def test_nobody_waits_for_a_balancer_that_has_died(tmp_path: Path) -> None:
    with a_balancer(tmp_path) as stage, an_origin() as origin:
        stage.register(target("t"), origin.address)
        with ThreadPoolExecutor(1) as clients:
            cut = clients.submit(stage.get)
            connection, _ = origin.request()
            stage.deregister(target("t"))
            stage.balancer._process.kill()
            stage.drained(target("t"))
            assert isinstance(cut.exception(GUARD), OSError)
        connection.close()
