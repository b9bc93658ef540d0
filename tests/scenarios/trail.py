"""A trail: what CloudTrail would put on the bus for the calls that a world's door let pass."""

from __future__ import annotations

from typing import Any

from sandbox.world.world import ACCOUNT, REGION
from tests.scenarios.stage import Stage

TOLD = ("CreateService", "UpdateService", "DeleteService", "StopServiceDeployment")


class Trail:
    """Tells of each call once, when it is asked to: a real one does so minutes later."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.read = 0

    def tell(self) -> int:
        """Emit what was called since the last time; how many events that was."""
        entries = self.stage.world.journal[self.read :]
        self.read += len(entries)
        calls = [each.detail for each in entries if each.kind == "request" and _is_told(each.detail)]
        for call in calls:
            detail = _detail(call)
            self.stage.world.emit("aws.ecs", "AWS API Call via CloudTrail", detail, [])
        self.read = len(self.stage.world.journal)
        return len(calls)


def _is_told(call: Any) -> bool:
    service, _, name = call["action"].partition(":")
    return service == "ecs" and name in TOLD and call["status"] < 300


def _detail(call: Any) -> dict[str, Any]:
    who, role = ("alice", "Admin") if call["who"] == "admin" else ("function", call["who"])
    return {
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{who}",
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}},
        },
        "eventSource": "ecs.amazonaws.com",
        "eventName": call["action"].partition(":")[2],
        "awsRegion": REGION,
        "requestParameters": call["params"],
        "responseElements": None,
        "readOnly": False,
    }
