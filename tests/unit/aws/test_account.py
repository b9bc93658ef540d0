"""Whose AWS account a person reaches, and in which Region."""

from __future__ import annotations

import pytest

from ecs_gitops.aws import account
from ecs_gitops.model.errors import TerminalError


@pytest.mark.parametrize(
    ("environment", "asked", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, None, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, "eu-west-3", "eu-west-3"),
    ],
)
def test_the_region_is_the_one_asked_for_or_that_of_the_environment(
    environment: dict[str, str], asked: str | None, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert account.session(asked, None).get_config_variable("region") == region


def test_without_a_region_a_person_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    with pytest.raises(TerminalError, match="no Region; set AWS_REGION or give --region"):
        account.session(None, None)
