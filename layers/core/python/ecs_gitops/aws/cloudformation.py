"""CloudFormation: the outputs of stacks."""

from __future__ import annotations

from threading import Lock
from typing import Any

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.errors import RefusedError


class Stacks:
    """Stack outputs, each stack read once in the life of this object."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._outputs: dict[str, dict[str, str]] = {}
        self._reading: dict[str, Lock] = {}

    def output(self, key: str) -> str:
        """`stack.Output` → its value. Raises RefusedError when there is none, naming what there is."""
        stack, dot, name = key.partition(".")
        if not (stack and dot and name):
            raise RefusedError(f"cannot read stack output {key!r}: expected stack.Output")
        outputs = self._of(stack)
        if name not in outputs:
            known = ", ".join(sorted(outputs)) or "none"
            raise RefusedError(f"cannot read output {name} of stack {stack}: its outputs are {known}")
        return outputs[name]

    def _of(self, stack: str) -> dict[str, str]:
        with self._reading.setdefault(stack, Lock()):  # whoever asks meanwhile waits for the same answer
            if stack not in self._outputs:
                with translate(f"cannot read stack {stack}"):
                    answer = self._client.describe_stacks(StackName=stack)
                found = answer["Stacks"][0].get("Outputs", [])
                self._outputs[stack] = {each["OutputKey"]: each["OutputValue"] for each in found}
            return self._outputs[stack]
