"""A resolved document against what AWS takes: botocore's model, then the rules no model says. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, Path, dotted
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.section import OPERATIONS, PLACED
from ecs_gitops.resources.finding import Finding
from ecs_gitops.resources.rules import check_rules
from ecs_gitops.resources.shape import Shapes


def check(shapes: Shapes, document: Node, known: Collection[str]) -> list[Fault]:
    """Every fault of the AWS sections, less those at the paths in `known`, which have one already."""
    findings = list(_by_model(shapes, document))
    if not any(not finding.warning for _, finding in findings):
        findings += _by_rules(document)
    return [
        node.fault(
            document,
            path,
            finding.message,
            expected=finding.expected,
            suggestion=finding.suggestion,
            warning=finding.warning,
        )
        for path, finding in findings
        if dotted(path) not in known
    ]


def _by_model(shapes: Shapes, document: Node) -> Iterator[tuple[Path, Finding]]:
    for section, operation in OPERATIONS.items():
        stated = document.items.get(section)
        if stated is not None:
            for finding in shapes.check(operation, node.plain(stated), omit=PLACED[section]):
                yield (section, *finding.path), finding


def _by_rules(document: Node) -> list[tuple[Path, Finding]]:
    sections = (node.at(document, (section,)) for section in OPERATIONS)
    return [(finding.path, finding) for finding in check_rules(*sections)]
