"""A resolved document against what AWS takes: botocore's model, then the rules no model says. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ecs_gitops.manifest import node
from ecs_gitops.manifest.faults import Fault, dotted
from ecs_gitops.manifest.node import Node
from ecs_gitops.manifest.section import OPERATIONS, PLACED
from ecs_gitops.resources.finding import MOST_FOUND, Finding, few
from ecs_gitops.resources.rules import check_rules
from ecs_gitops.resources.shape import Shapes
from ecs_gitops.resources.sound import UnsoundError, guarded, wrong


def check(
    shapes: Shapes, document: Node, sections: Mapping[str, Any], known: Collection[str]
) -> list[Fault]:
    """Every fault of the AWS sections, less those at the paths in `known`, which have one already.

    sections: the plain data of the sections that `document` has.
    """
    findings = list(few(_by_model(shapes, sections)))
    errors = [finding for finding in findings if not finding.warning]
    sound = guarded(sections, wrong(errors)) if errors else sections
    if len(errors) <= MOST_FOUND:  # or else not all that is wrong is known
        with suppress(UnsoundError):  # a section that is wrong as a whole
            findings += check_rules(*(sound.get(name) for name in OPERATIONS))
    return [
        node.fault(
            document,
            finding.path,
            finding.message,
            expected=finding.expected,
            suggestion=finding.suggestion,
            warning=finding.warning,
        )
        for finding in findings
        if dotted(finding.path) not in known
    ]


def _by_model(shapes: Shapes, sections: Mapping[str, Any]) -> Iterator[Finding]:
    for section, stated in sections.items():
        for finding in shapes.findings(OPERATIONS[section], stated, omit=PLACED[section]):
            yield replace(finding, path=(section, *finding.path))
