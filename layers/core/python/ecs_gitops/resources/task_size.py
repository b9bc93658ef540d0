"""How large a task is, in any of the spellings that AWS takes. Pure."""

from __future__ import annotations

from ecs_gitops.model.desired import Document
from ecs_gitops.resources.task_definition import TASK_DEFINITION


def task_size(task_definition: Document, name: str) -> int | None:
    """A task's cpu (units) or memory (MiB) as AWS stores it; None when it is not given, or no number."""
    value = task_definition.get(name)
    convert = TASK_DEFINITION[name].unit
    text = "" if value is None or convert is None else str(convert(value))
    return int(text) if text.isdigit() else None
