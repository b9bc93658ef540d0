"""What functions print, in the log groups where people look for it."""

from __future__ import annotations

from datetime import UTC, datetime

import moto.logs.models as logs_models

from sandbox.wires.parts import Parts


class Logs:
    """Writes an invocation's output to its log group, one stream per function and day."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def write(self, group: str, role: str, request_id: str, text: str) -> None:
        """Store the lines of one invocation between Lambda's own START and END, as far as the role lets.

        Both actions are judged on the stream (service authorization reference).
        """
        backend = logs_models.logs_backends[self._parts.account][self._parts.region]
        now = self._parts.now()
        stream_name = f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[$LATEST]sandbox"
        arn = f"arn:aws:logs:{self._parts.region}:{self._parts.account}:log-group:{group}"
        stream = f"{arn}:log-stream:{stream_name}"
        if group not in backend.groups:
            if not self._parts.lets(role, "logs:CreateLogGroup", f"{arn}:log-stream:"):
                return
            backend.create_log_group(group, tags={})
        found = backend.groups[group]
        if stream_name not in found.streams:
            if not self._parts.lets(role, "logs:CreateLogStream", stream):
                return
            backend.create_log_stream(group, stream_name)
        if not self._parts.lets(role, "logs:PutLogEvents", stream):
            return
        start, end = f"START RequestId: {request_id} Version: $LATEST", f"END RequestId: {request_id}"
        events = [
            {"timestamp": int(now * 1000), "message": line}
            for line in [start, *text.splitlines(), end]
            if line
        ]
        # straight into the stream: the operation refuses what is old or new by the real clock
        found.streams[stream_name].put_log_events(events)
