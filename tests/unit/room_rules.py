"""What holds between the rooms of `tests/unit/rooms.py`, as a list of rules over a tree of Python files."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.unit.rooms import CORE_FLOORS, SANDBOX_FLOORS

CORE = "layers/core/python/ecs_gitops/"
LONGEST = 300

PURE_LIBRARIES = {
    "__future__",
    "abc",
    "base64",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "fnmatch",
    "functools",
    "hashlib",
    "itertools",
    "json",
    "math",
    "operator",
    "posixpath",
    "pydantic",
    "re",
    "rich",
    "string",
    "textwrap",
    "types",
    "typing",
    "urllib.parse",
    "yaml",
    "zlib",
}
PURE_ROOMS = frozenset(room.name for room in CORE_FLOORS if room.pure)
MODEL_AS_DATA = "resources"
"""The pure room that may read botocore's model: shapes are data, read once and handed in."""
AWS_LIBRARIES = {"boto3", "botocore"}
MAY_USE_AWS = {"aws", "runtime", MODEL_AS_DATA}
PURE_SANDBOX = re.compile(
    r"sandbox/(services/.+/(state|engine|rolling|breaker|answers|refusals/.+)|ground/timeline)\.py"
)
NOT_IN_PURE_SANDBOX = {"moto", "boto3", "botocore", "threading", "time"}
MAY_READ_THE_CLOCK = {"runtime", "cli"}
MAY_SET_MOTO = re.compile(r"sandbox/(world|fast)/.+")
LONGEST_HANDLER = 30
AT_THE_ROOT = {"__init__", "__main__"}
HEAVY = {"pydantic", "yaml", "dulwich"}


@dataclass(frozen=True)
class Module:
    """One Python file: its place in the tree, and what can be read off its text."""

    place: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """What it says."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in it: walked once, read by many rules."""
        return tuple(ast.walk(self.tree))

    @property
    def room(self) -> str | None:
        """The room of the core it stands in; its own name at the root; None elsewhere."""
        return _room(self.place, "ecs_gitops")

    @property
    def is_pure(self) -> bool:
        """True when its docstring promises so."""
        return re.search(r"\bPure\b", ast.get_docstring(self.tree) or "") is not None

    @cached_property
    def imports(self) -> frozenset[str]:
        """Dotted names it imports anywhere, `a.b` and `a.b.c` for `from a.b import c`."""
        return frozenset(_imports(iter(self.nodes)))

    @cached_property
    def imports_at_once(self) -> frozenset[str]:
        """Those that importing the module itself runs."""
        return frozenset(_imports(iter(self.tree.body)))

    def libraries(self) -> set[str]:
        """Top-level packages it imports."""
        return {name.partition(".")[0] for name in self.imports}


@dataclass(frozen=True)
class Violation:
    """One file that breaks one rule."""

    rule: str
    place: str


@dataclass(frozen=True)
class Tree:
    """Every Python file of the project, by place."""

    modules: dict[str, Module]

    @classmethod
    def read(cls, root: Path) -> Tree:
        """The tree below a folder."""
        places = [
            path
            for room in ("layers", "functions", "sandbox", "tests")
            for path in sorted((root / room).rglob("*.py"))
        ]
        named = ((path.relative_to(root).as_posix(), path) for path in places)
        return cls({place: Module(place, path.read_text()) for place, path in named})

    def core(self) -> Iterator[Module]:
        """The modules of the core."""
        return (module for place, module in self.modules.items() if place.startswith(CORE))

    def of_name(self, name: str) -> Module | None:
        """The core module of a dotted name, or None: the name may be that of something in a module."""
        inside = name.removeprefix("ecs_gitops").strip(".").replace(".", "/")
        return self.modules.get(f"{CORE}{inside}.py") or self.modules.get(f"{CORE}{inside}/__init__.py")


Rule = Callable[[Tree], Iterator[str]]


def imports_go_down(tree: Tree) -> Iterator[str]:
    """From a room to itself and to lower floors; `sandbox/__main__.py` is the roof of its house."""
    for package, floors in (("ecs_gitops", CORE_FLOORS), ("sandbox", SANDBOX_FLOORS)):
        height = {room.name: floor for floor, room in enumerate(floors)}
        for place, module in tree.modules.items():
            own = _room(place, package)
            if own in height and any(
                height.get(room, 0) > height[own]
                for name in module.imports
                if (room := _room_named(name, package)) is not None and room != own
            ):
                yield place


def every_module_has_a_room(tree: Tree) -> Iterator[str]:
    for package, floors in (("ecs_gitops", CORE_FLOORS), ("sandbox", SANDBOX_FLOORS)):
        rooms = {room.name for room in floors}
        for place in tree.modules:
            own = _room(place, package)
            if own is not None and own not in rooms and own not in AT_THE_ROOT:
                yield place


def rooms_open_with_nothing(tree: Tree) -> Iterator[str]:
    """A room's own file says what it is for, and imports nothing: it is read at each start."""
    for place, module in tree.modules.items():
        if re.fullmatch(rf"({CORE}|sandbox/).+/__init__\.py", place) and (
            module.imports or not ast.get_docstring(module.tree)
        ):
            yield place


def pure_imports_pure(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if (module.is_pure or module.room in PURE_ROOMS) and any(
            not _is_pure_name(tree, module, name) for name in module.imports
        ):
            yield module.place


def aws_in_one_room(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if module.libraries() & AWS_LIBRARIES and module.room not in MAY_USE_AWS:
            yield module.place


def core_knows_no_sandbox(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if module.libraries() & {"sandbox", "tests", "functions", "moto"}:
            yield module.place


def functions_know_core_alone(tree: Tree) -> Iterator[str]:
    known = PURE_LIBRARIES | {"ecs_gitops", "aws_lambda_powertools", "os"}
    for place, module in tree.modules.items():
        if place.startswith("functions/") and module.libraries() - known:
            yield place


def functions_hold_app_alone(tree: Tree) -> Iterator[str]:
    for place in tree.modules:
        if place.startswith("functions/") and not re.fullmatch(r"functions/\w+/app\.py", place):
            yield place


def handlers_are_short(tree: Tree) -> Iterator[str]:
    for place, module in tree.modules.items():
        if place.startswith("functions/") and module.text.count("\n") > LONGEST_HANDLER:
            yield place


def engines_are_pure(tree: Tree) -> Iterator[str]:
    for place, module in tree.modules.items():
        if PURE_SANDBOX.fullmatch(place) and module.libraries() & NOT_IN_PURE_SANDBOX:
            yield place


def world_alone_touches_moto(tree: Tree) -> Iterator[str]:
    for place, module in tree.modules.items():
        if (
            place.startswith("sandbox/")
            and not MAY_SET_MOTO.match(place)
            and _sets_attribute_of_moto(module)
        ):
            yield place


def clock_in_one_room(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if module.room not in MAY_READ_THE_CLOCK and _reads_clock(module):
            yield module.place


def reconciler_starts_light(tree: Tree) -> Iterator[str]:
    for place in sorted(_reached(tree, "functions/reconciler/app.py")):
        names = tree.modules[place].imports_at_once
        if {name.partition(".")[0] for name in names} & HEAVY:
            yield place


def nothing_is_patched(tree: Tree) -> Iterator[str]:
    for place, module in tree.modules.items():
        patches = {"unittest.mock", "mock", "pytest_mock"}
        if module.imports & patches or "mocker" in _arguments(module):
            yield place


def no_module_is_long(tree: Tree) -> Iterator[str]:
    """Of the product and the sandbox: a test file is a list, and is read as one."""
    for place, module in tree.modules.items():
        if not place.startswith("tests/") and module.text.count("\n") > LONGEST:
            yield place


RULES: tuple[Rule, ...] = (
    imports_go_down,
    every_module_has_a_room,
    rooms_open_with_nothing,
    pure_imports_pure,
    aws_in_one_room,
    core_knows_no_sandbox,
    functions_know_core_alone,
    functions_hold_app_alone,
    handlers_are_short,
    engines_are_pure,
    world_alone_touches_moto,
    clock_in_one_room,
    reconciler_starts_light,
    nothing_is_patched,
    no_module_is_long,
)


def violations(root: Path) -> list[Violation]:
    """Every breach of every rule in the tree below `root`."""
    tree = Tree.read(root)
    return [Violation(rule.__name__, place) for rule in RULES for place in rule(tree)]


def _imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(place: str, package: str) -> str | None:
    root = CORE if package == "ecs_gitops" else "sandbox/"
    return place.removeprefix(root).split("/")[0].removesuffix(".py") if place.startswith(root) else None


def _room_named(name: str, package: str) -> str | None:
    """The room that a dotted name lies in; None when it is another package's, or the package alone."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] if first == package and rest else None


def _is_pure_name(tree: Tree, module: Module, name: str) -> bool:
    if name.partition(".")[0] != "ecs_gitops":
        known = PURE_LIBRARIES | ({"botocore", "pathlib"} if module.room == MODEL_AS_DATA else set())
        return any(name == each or name.startswith(f"{each}.") for each in known)
    found = tree.of_name(name)
    return found is None or found.room in PURE_ROOMS or found.is_pure or found.place.endswith("__init__.py")


def _sets_attribute_of_moto(module: Module) -> bool:
    from_moto = {
        alias.asname or alias.name.partition(".")[0]
        for node in module.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (node.module if isinstance(node, ast.ImportFrom) else alias.name or "").split(".")[0] == "moto"
    }
    return any(_root(target) in from_moto for target in _attributes_set(module))


def _attributes_set(module: Module) -> Iterator[ast.expr]:
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            yield from (
                target for target in node.targets if isinstance(target, ast.Attribute | ast.Subscript)
            )
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            yield node.args[0]


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _reads_clock(module: Module) -> bool:
    if "time" in module.libraries():
        return True
    calls = (node.func for node in module.nodes if isinstance(node, ast.Call))
    return any(
        isinstance(call, ast.Attribute) and call.attr in ("now", "utcnow", "today") for call in calls
    )


def _reached(tree: Tree, place: str) -> set[str]:
    reached: set[str] = set()
    waiting = [place] if place in tree.modules else []
    while waiting:
        module = tree.modules[waiting.pop()]
        if module.place in reached:
            continue
        reached.add(module.place)
        names = [name for name in module.imports_at_once if name.startswith("ecs_gitops")]
        waiting += [found.place for name in names if (found := tree.of_name(name)) is not None]
    return reached


def _arguments(module: Module) -> set[str]:
    return {node.arg for node in module.nodes if isinstance(node, ast.arg)}
