"""The balancer's table: which rule takes a request, and whose turn it is."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.services.elb.table import Backend, Fixed, Forward, Rule, Table, Turns, parse


def a_group(**states: str) -> tuple[Backend, ...]:
    """Targets by name with their states."""
    return tuple(Backend(name, "127.0.0.1", 1, state) for name, state in states.items())


@pytest.mark.parametrize(
    ("hosts", "paths", "host", "path", "taken"),
    [
        ((), (), "any", "/", True),
        (("*.example.com",), (), "shop.example.com:8080", "/", True),
        (("*.example.com",), (), "SHOP.example.com", "/", True),
        (("*.example.com",), (), "example.com", "/", False),
        ((), ("/api/*",), "", "/api/x?y=/", True),
        ((), ("/api/*",), "", "/API/x", False),
        ((), ("/v?/x", "/y"), "", "/v1/x", True),
        (("a",), ("/x",), "a", "/y", False),
        ((), ("/[ab]",), "", "/a", False),
        ((), ("/[ab]",), "", "/[ab]", True),
    ],
)
def test_a_rule_takes_what_alb_would(
    hosts: tuple[str, ...], paths: tuple[str, ...], host: str, path: str, taken: bool
) -> None:
    assert Rule(hosts, paths, Fixed(200)).takes(host, path) is taken


def test_a_line_is_read_as_it_was_told() -> None:
    line: dict[str, Any] = {
        "serial": 7,
        "listeners": [
            {
                "arn": "l",
                "port": 8080,
                "rules": [{"hosts": ["h"], "paths": [], "action": {"forward": [["g", 1]]}}],
                "default": {"fixed": [404, "text/plain", "no"]},
            }
        ],
        "groups": {"g": [{"key": "k", "host": "127.0.0.1", "port": 9, "state": "draining"}]},
    }
    table = parse(line)
    listener = table.find("l")
    assert listener is not None
    assert (listener.port, table.serial, table.draining()) == (8080, 7, ("k",))
    taken = listener.action("h", "/")
    assert isinstance(taken, Forward)
    assert taken.groups == (("g", 1),)
    assert listener.action("else", "/") == Fixed(404, "text/plain", "no")


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 20), min_size=1), st.integers(1, 5))
def test_weights_are_kept_exactly_over_each_round(weights: dict[str, int], rounds: int) -> None:
    table = Table(groups={name: a_group(**{name: "healthy"}) for name in weights})
    turns, forward = Turns(), Forward("f", tuple(weights.items()))
    chosen = [turns.choose(table, forward) for _ in range(rounds * sum(weights.values()))]
    counts = Counter(it.key for it in chosen if it)
    assert counts == {name: weight * rounds for name, weight in weights.items() if weight}


@given(st.lists(st.sampled_from(["healthy", "initial", "unhealthy", "draining", "unused"]), max_size=6))
def test_only_healthy_targets_get_requests_and_all_of_them_the_same_share(states: list[str]) -> None:
    table = Table(groups={"g": a_group(**{str(n): state for n, state in enumerate(states)})})
    healthy = {str(n) for n, state in enumerate(states) if state == "healthy"}
    turns = Turns()
    chosen = [turns.choose(table, Forward("f", (("g", 1),))) for _ in range(3 * len(states))]
    if not healthy:
        assert set(chosen) <= {None}
        return
    counts = Counter(it.key for it in chosen if it)
    assert set(counts) <= healthy
    assert max(counts.values()) - min(counts.get(name, 0) for name in healthy) <= 1


def test_a_group_without_healthy_targets_is_not_helped_out_by_another() -> None:
    table = Table(groups={"blue": a_group(b="healthy"), "green": a_group(g="unhealthy")})
    turns, half = Turns(), Forward("f", (("blue", 1), ("green", 1)))
    chosen = [turns.choose(table, half) for _ in range(4)]
    assert sum(it is None for it in chosen) == 2


def test_no_weight_at_all_is_no_target() -> None:
    table = Table(groups={"blue": a_group(b="healthy")})
    assert Turns().choose(table, Forward("f", (("blue", 0),))) is None
