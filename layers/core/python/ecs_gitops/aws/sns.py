"""SNS: the topic on which people are told that a service needs somebody, or is well again."""

from __future__ import annotations

from typing import Any

from ecs_gitops.aws.errors import translate
from ecs_gitops.status.notices import subject


class Topic:
    """One topic; its subscribers are none of our business."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, text: str) -> None:
        """Send a message whose first line is its subject."""
        with translate(f"cannot notify {self._arn}"):
            self._client.publish(TopicArn=self._arn, Subject=subject(text), Message=text)
