"""`docs/manifest.md`, from the code that reads manifests: what it says cannot be out of date. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ecs_gitops.manifest import assemble, read, size
from ecs_gitops.manifest.document import MOST_AWAITED, RESERVED, Manifest, Reconcile, Rollout
from ecs_gitops.manifest.faults import MOST_FAULTS
from ecs_gitops.manifest.locate import RESERVED_KINDS
from ecs_gitops.manifest.references import MAX_LOOKED_UP, MEANINGS
from ecs_gitops.manifest.references import RESERVED as RESERVED_NAMESPACES
from ecs_gitops.manifest.section import OPERATIONS, PLACED
from ecs_gitops.resources.field import ABSENT, ITSELF, Field, LetGo, Table
from ecs_gitops.resources.list_keys import LIST_KEYS
from ecs_gitops.resources.rules import RULES
from ecs_gitops.resources.service_fields import SERVICE
from ecs_gitops.resources.task_definition import TASK_DEFINITION

_HEAD = """\
# The manifest

<!-- Generated from the code: `make docs`. A test compares. -->

One file is one ECS service: `<ConfigPath>/<cluster>/<service>.yaml` (or `.json`, or
`<cluster>/<service>/service.yaml` where there are more files). Names that begin with `_` or `.` are
never services.
Editors complete and check it with [manifest.schema.json](manifest.schema.json):

```yaml
# yaml-language-server: $schema=manifest.schema.json
```

`taskDefinition` and `service` are AWS's own requests, field for field; every other key is ours.
`ecs-gitops validate` tells every fault of every file, with file, line, column and path; `ecs-gitops
render --show-origin` tells which line gave each value."""

_REFERENCES = """\
`"${namespace:key}"` in `taskDefinition`, `service` and `values`. A reference that is the whole value
takes the type that AWS gives the field: a number, true or false, or a list of texts parted by commas.
`$${` is a literal `${`; any other `${…}`, such as a shell's, goes to ECS as it is, and a namespace
within two letters of one of these is a warning. Inside `{}` or `[]` it must be quoted."""

_MERGING = """\
`extends` is a path or a list of paths, weakest first; a cluster's `_defaults.yaml` comes before all.
Paths are relative to the file and reach anything below the first folder of `ConfigPath`, nothing above
it; symlinks are not followed. Maps merge, `null` removes a field, and these lists merge item by item,
told apart by the members named; `$remove: true` in an item drops it. All other lists are replaced
whole."""

_FILES = """\
`taskDefinition` and `service` may be the path of a file instead: the bare request, or what `aws ecs
describe-*` and ecspresso's repositories hold. Wrapper, nulls and members that only answers have are
dropped with a notice."""

_OWNERSHIP = """\
A field that a manifest states is owned whole: it is compared with ECS, and put back. A field that it
stops stating goes as told here: *reset* sends AWS's default, *keep* leaves what runs, *hold* waits
until the manifest states its removal. `desiredCount` counts at creation only while anything scales the
service."""

_WORDS = {LetGo.RESET: "reset to {}", LetGo.KEEP: "keep", LetGo.HOLD: "hold; {} removes it"}


def guide() -> str:
    """The page."""
    sections = (
        _HEAD,
        "## Our own keys\n\n" + _keys(),
        "## References\n\n" + _REFERENCES + "\n\n" + _namespaces(),
        "## Merging\n\n" + _MERGING + "\n\n" + _lists(),
        "## Sections as files\n\n" + _FILES + "\n\n" + _placed(),
        "## Fields of a service\n\n" + _OWNERSHIP + "\n\n" + _service(),
        "## What AWS fills in\n\n" + "Left out and written down are the same thing.\n\n" + _defaults(),
        "## Rules between fields\n\n"
        + "Asked of a manifest once botocore's model has nothing to say against it.\n\n"
        + _rules(),
        "## Limits\n\n" + _limits(),
    )
    return "\n\n".join(sections) + "\n"


def _keys() -> str:
    groups: tuple[tuple[str, type[BaseModel]], ...] = (
        ("", Manifest),
        ("rollout.", Rollout),
        ("reconcile.", Reconcile),
    )
    rows = [
        (f"`{prefix}{info.alias}`", _default_of(info), info.description)
        for prefix, model in groups
        for info in model.model_fields.values()
    ]
    extends = ("`extends`", "", "A path or a list of paths: files that this one is laid over.")
    reserved = ", ".join(f"`{name}`" for name in RESERVED)
    return _table(("key", "default", "what it says"), [*rows, extends]) + f"\n\nReserved: {reserved}."


def _default_of(info: Any) -> str:
    if info.is_required():
        return "required"
    return "" if info.default is None or isinstance(info.default, BaseModel) else _code(info.default)


def _namespaces() -> str:
    rows = [(f"`{name}`", meaning) for name, meaning in MEANINGS.items()]
    reserved = ", ".join(f"`{name}`" for name in RESERVED_NAMESPACES)
    return _table(("namespace", "key: what it stands for"), rows) + f"\n\nReserved: {reserved}."


def _lists() -> str:
    rows = [
        (f"`{place}`", ", ".join(f"`{key.partition('=')[0]}`" for key in keys))
        for place, keys in LIST_KEYS.items()
    ]
    return _table(("list", "told apart by"), rows)


def _placed() -> str:
    names = ", ".join(f"`{name}`" for names in PLACED.values() for name in names)
    return f"Never stated, because the file's place and its other section say so: {names}."


def _service() -> str:
    rows = [_service_row(name, row) for name, row in SERVICE.items() if _is_of_request(name, row)]
    return _table(("field", "changing it", "no longer stated", "default"), sorted(rows))


def _is_of_request(name: str, row: Field) -> bool:
    return "." not in name and row.read_only is not True


def _service_row(name: str, row: Field) -> tuple[str, ...]:
    let_go = _WORDS[row.when_let_go]
    if row.reset is not ABSENT:
        let_go = let_go.format(_code(row.reset))
    default = _default(row) or (_words(row.on_create) if row.on_create is not ABSENT else "")
    return f"`{name}`", row.effect.value, let_go, default


def _defaults() -> str:
    tables: Mapping[str, Table] = {"taskDefinition": TASK_DEFINITION, "service": SERVICE}
    rows = [
        (f"`{section}.{place}`", _default(row), _order(row))
        for section, table in tables.items()
        for place, row in sorted(table.items())
        if _default(row) or _order(row)
    ]
    return _table(("field", "default", "order means nothing, told apart by"), rows)


def _default(row: Field) -> str:
    return "" if row.default is ABSENT else _words(row.default)


def _words(default: Any) -> str:
    """A default that rests on other fields says so in its docstring."""
    return str(default.__doc__).partition("\n")[0].rstrip(".") if callable(default) else _code(default)


def _order(row: Field) -> str:
    if row.order_key == ITSELF:
        return "itself"
    return ", ".join(f"`{name}`" for name in row.order_key)


def _rules() -> str:
    return _table(("rule", "source"), [(f"`{rule.id}`", rule.source) for rule in RULES])


def _limits() -> str:
    head = "What is larger is one fault, with the place at which it became too large."
    rows = _table(("what", "at most"), list(_limit_rows()))
    return "\n\n".join((head, rows, "\n".join(f"- {line}" for line in _limit_lines())))


def _limit_rows() -> Iterator[tuple[str, str]]:
    yield "a file", f"{read.MAX_BYTES:,} bytes"
    yield "levels in a file", f"{read.MAX_DEPTH}"
    yield "characters in a file, aliases followed", f"{read.MAX_BYTES:,}"
    yield "values in a file, aliases followed", f"{size.MAX_VALUES:,}"
    yield "digits of an unquoted whole number", f"{read.MAX_DIGITS}"
    yield "files that a manifest is made of", f"{assemble.MAX_LAYERS}"
    yield "characters of a path under `extends`, `taskDefinition`, `service`", f"{assemble.MAX_PATH:,}"
    yield "values in a manifest, files merged and references resolved", f"{size.MAX_VALUES:,}"
    yield (
        "characters of its keys and texts, files merged and references resolved",
        f"{size.MAX_CHARACTERS:,}",
    )
    yield "different things that its references look up", f"{MAX_LOOKED_UP:,}"
    yield "services under `rollout.waitFor`", f"{MOST_AWAITED}"
    yield "faults told of a manifest, and warnings", f"{MOST_FAULTS} each"


def _limit_lines() -> Iterator[str]:
    yield "A file is UTF-8 and holds one document; no key twice, no tags."
    yield f"Other kinds than `Service` are refused: {', '.join(f'`{kind}`' for kind in RESERVED_KINDS)}."
    yield "Plain scalars are YAML 1.2's: `no` and `012` are text."
    operations = " and ".join(OPERATIONS.values())
    yield f"Checked against botocore's {operations}; a value that it does not know is a warning."


def _code(value: Any) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`" if not isinstance(value, str) else f"`{value}`"


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
