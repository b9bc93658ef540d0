"""One manifest → what it states, or every fault in it. Pure, given the look-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ecs_gitops.compare.statement import statement
from ecs_gitops.manifest import document as documents
from ecs_gitops.manifest import node
from ecs_gitops.manifest.assemble import Assembled, Files
from ecs_gitops.manifest.check import check
from ecs_gitops.manifest.faults import Fault, Path, UnreadableError, told
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.references import Lookup, resolve
from ecs_gitops.manifest.section import OPERATIONS
from ecs_gitops.model.desired import ReconcilePolicy, RolloutPolicy, Stated
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.resources.shape import Shapes


@dataclass(frozen=True, slots=True)
class Loaded:
    """One manifest that holds: everything a Desired says but the order of our reads.

    document: merged, not resolved, every value with the place it was written at.
    """

    key: ServiceKey
    path: str
    stated: Stated
    rollout: RolloutPolicy
    policy: ReconcilePolicy
    document: Node = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the manifests of one tree."""

    files: Files
    shapes: Shapes
    lookup: Lookup

    def assemble(self, key: ServiceKey, path: str) -> Assembled | Fault:
        """The merged document of the manifest at `path`, or why it cannot be read."""
        try:
            return self.files.assemble(key, path)
        except UnreadableError as error:
            return error.fault

    def read(
        self, key: ServiceKey, path: str, assembled: Assembled | Fault
    ) -> tuple[Loaded | None, list[Fault]]:
        """What an assembled manifest states; None with at least one fault that is no warning.

        Raises RetryableError when a look-up may work in a moment.
        """
        if isinstance(assembled, Fault):
            return None, [assembled]
        try:
            loaded, faults = self._read(key, path, assembled)
        except UnreadableError as error:
            return None, [error.fault]
        return loaded, told(faults, path)

    def _read(self, key: ServiceKey, path: str, assembled: Assembled) -> tuple[Loaded | None, list[Fault]]:
        manifest, found = documents.parse(assembled.document)
        resolved, unresolved = resolve(assembled.document, self.lookup, self._coerce, assembled.size)
        faults = [*assembled.notices, *found, *unresolved]
        sections = {name: node.plain(resolved.items[name]) for name in OPERATIONS if name in resolved.items}
        faults += check(self.shapes, resolved, sections, {fault.path for fault in faults})
        if manifest is None or any(not fault.warning for fault in faults):
            return None, faults
        stated = statement(self.files.tree.commit, sections.get("taskDefinition"), sections.get("service"))
        policies = manifest.rollout_policy(), manifest.reconcile_policy()
        return Loaded(key, path, stated, *policies, assembled.document), faults

    def _coerce(self, section: str, path: Path, text: str) -> Any:
        return self.shapes.coerce(OPERATIONS[section], path, text)
