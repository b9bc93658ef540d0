"""How long a chain of functions is that invoke one another through queues, as Lambda counts it.

Lambda gives a function its place in `_X_AMZN_TRACE_ID`, AWS's SDKs send that with each request, and SQS
keeps it with the message. After about sixteen invocations in one chain Lambda stops the next one, and the
messages go to the queue's dead letters
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html). What a schedule, an event or a
person brings about begins a chain. Lambda counts each function's own invocations; here all count, which is
stricter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

LONGEST: Final = 16
VARIABLE: Final = "_X_AMZN_TRACE_ID"
HEADER: Final = "x-amzn-trace-id"
_LINEAGE = re.compile(r"Lineage=(\d+):")


def trace(chain: int) -> str:
    """What the function that is the nth of its chain finds in its environment."""
    return f"Root=1-00000000-000000000000000000000000;Lineage={chain}:sandbox:0"


def chain_of(traced: str) -> int:
    """The place in its chain of who sends a request; 0 where that is no function."""
    found = _LINEAGE.search(traced)
    return int(found[1]) if found else 0


def after(messages: Iterable[Any]) -> int:
    """The place in its chain of a function that these messages invoke: behind the longest."""
    return max((getattr(message, "chain", 0) for message in messages), default=0) + 1


def longest(journal: Iterable[Any]) -> int:
    """The longest chain of a journal, one that was stopped included."""
    kinds = ("lambda.started", "lambda.loop")
    details: Iterable[Mapping[str, Any]] = (each.detail for each in journal if each.kind in kinds)
    return max((detail["chain"] for detail in details), default=0)
