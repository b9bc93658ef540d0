"""A hostile text costs what a text of its length costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from tests.unit.manifest.hostile import CONTAINER, PATH, lines, loaded

SLACK = 0.1
"""Seconds of this process: what a garbage collection in the wrong place may cost."""

Hostile = Callable[[int], Mapping[str, str]]


def references(text: str) -> Hostile:
    return lambda n: {PATH: f'{CONTAINER}      command: ["{text * (n // len(text))}"]\n'}


def unclosed_defaults(n: int) -> Mapping[str, str]:
    return {"d/c/_defaults.yaml": references("${a:x")(n)[PATH], PATH: CONTAINER}


def tag_directives(n: int) -> Mapping[str, str]:
    return {PATH: lines("%TAG !t#! tag:x\n", n // 20) + f"---\n{CONTAINER}"}


def a_long_path(n: int) -> Mapping[str, str]:
    return {PATH: f"extends: {'a/' * (n // 2)}\n{CONTAINER}"}


def unknown_volumes(n: int) -> Mapping[str, str]:
    mounts = lines("        - {sourceVolume: v#}\n", n // 80)
    volumes = lines("    - {name: w#}\n", n // 80)
    return {PATH: f"{CONTAINER}      mountPoints:\n{mounts}  volumes:\n{volumes}"}


def unmapped_ports(n: int) -> Mapping[str, str]:
    ports = lines("        - {containerPort: 1#}\n", n // 80) + "        - {containerPortRange: 9-99}\n"
    balancers = lines("    - {containerName: web, containerPort: 7#}\n", n // 80)
    return {
        PATH: f"{CONTAINER}      portMappings:\n{ports}service:\n  loadBalancers:\n{balancers}",
    }


def unknown_members(n: int) -> Mapping[str, str]:
    return {PATH: CONTAINER + lines("      memori#: 1\n", n // 20)}


def faults_below_a_long_key(n: int) -> Mapping[str, str]:
    inner = '"${ssn:x}", ' * (n // 30)
    return {PATH: f'{CONTAINER}service:\n  ? "{"k" * (n // 2)}"\n  : [{inner}]\n'}


def nothing_awaited(n: int) -> Mapping[str, str]:
    return {PATH: f"{CONTAINER}rollout: {{waitFor: [{'null, ' * (n // 6)}]}}\n"}


def wide_waits(n: int) -> Mapping[str, str]:
    services = n // 1_000
    return {
        f"d/c/s{at}.yaml": f"{CONTAINER}rollout: {{waitFor: ["
        + ", ".join(f"c/s{(at + step) % services}" for step in range(1, 11))
        + "]}\n"
        for at in range(services)
    }


HOSTILE: tuple[tuple[Hostile, int], ...] = (
    (references("${a:x"), 12_000),
    (references("${ssm:x"), 12_000),
    (references("$${ ${"), 50_000),
    (references("${smm:x}"), 12_000),
    (unclosed_defaults, 12_000),
    (lambda n: references("${" + "a" * (n - 20) + ":x} ")(n), 50_000),
    (tag_directives, 200_000),
    (a_long_path, 20_000),
    (unknown_volumes, 60_000),
    (unmapped_ports, 30_000),
    (unknown_members, 20_000),
    (faults_below_a_long_key, 20_000),
    (nothing_awaited, 20_000),
    (wide_waits, 60_000),
)


def many_values(n: int) -> Mapping[str, str]:
    return {PATH: f"{CONTAINER}values:\n" + lines("  rollout#: 1\n", n // 20)}


def unknown_keys(n: int) -> Mapping[str, str]:
    return {PATH: CONTAINER + lines("rollouts#: 1\n", n // 20)}


def cost(files: Mapping[str, str]) -> float:
    """Seconds that reading takes this process, at best: what others do on the machine counts little."""
    taken = []
    for _ in range(3):
        before = time.process_time()
        loaded(files, links=frozenset({"d/link"}))
        taken.append(time.process_time() - before)
    return min(taken)


@pytest.mark.parametrize(("hostile", "size"), HOSTILE)
def test_four_times_the_text_costs_not_much_more_than_four_times_as_much(
    hostile: Hostile, size: int
) -> None:
    assert cost(hostile(4 * size)) <= 8 * cost(hostile(size)) + SLACK


@pytest.mark.parametrize(
    ("hostile", "ordinary", "size"),
    [
        (unknown_keys, many_values, 300_000),
        (unknown_members, many_values, 300_000),
        (references("${smm:x}"), references("${ssm:x}"), 600_000),
    ],
)
def test_what_is_full_of_faults_costs_not_much_more_than_what_has_none(
    hostile: Hostile, ordinary: Hostile, size: int
) -> None:
    assert cost(hostile(size)) <= 3 * cost(ordinary(size)) + SLACK
