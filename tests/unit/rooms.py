"""Which room may import which: the architecture as a list of rules over a tree of Python files."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CORE = "layers/core/python/ecs_gitops/"
LONGEST = 300

MUST_BE_PURE = re.compile(
    CORE
    + r"((model|words|actions|plan|changeset|diff|ownership|canonical|assess|situation|stops|attempts|drift"
    r"|waits|records|triggers)\.py|resources/(?!shape\.py).+\.py)"
)
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
ALSO_PURE = {f"{CORE}errors.py", f"{CORE}resources/shape.py"}
"""Error classes do nothing; shapes are botocore's model as data, read once and handed in."""
AWS_LIBRARIES = {"boto3", "botocore"}
MAY_USE_AWS = re.compile(CORE + r"(aws/.+|bootstrap|resources/shape)\.py")
PURE_SANDBOX = re.compile(r"sandbox/([^/]+/(engine|rolling|breaker|refusals|answers)|timeline)\.py")
NOT_IN_PURE_SANDBOX = {"moto", "boto3", "botocore", "threading", "time"}
MAY_READ_THE_CLOCK = re.compile(CORE + r"(bootstrap|cli/.+)\.py")
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


def pure_says_so(tree: Tree) -> Iterator[str]:
    return (
        module.place
        for module in tree.core()
        if MUST_BE_PURE.fullmatch(module.place) and not _may_be_pure(module)
    )


def pure_imports_pure(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if module.is_pure and any(not _is_pure_name(tree, name) for name in module.imports):
            yield module.place


def aws_in_one_room(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if module.libraries() & AWS_LIBRARIES and not MAY_USE_AWS.fullmatch(module.place):
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


def engines_are_pure(tree: Tree) -> Iterator[str]:
    for place, module in tree.modules.items():
        if PURE_SANDBOX.fullmatch(place) and module.libraries() & NOT_IN_PURE_SANDBOX:
            yield place


def world_alone_touches_moto(tree: Tree) -> Iterator[str]:
    for place, module in tree.modules.items():
        if place.startswith("sandbox/") and place != "sandbox/world.py" and _sets_attribute_of_moto(module):
            yield place


def clock_in_one_room(tree: Tree) -> Iterator[str]:
    for module in tree.core():
        if not MAY_READ_THE_CLOCK.fullmatch(module.place) and _reads_clock(module):
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
    pure_says_so,
    pure_imports_pure,
    aws_in_one_room,
    core_knows_no_sandbox,
    functions_know_core_alone,
    functions_hold_app_alone,
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


def _may_be_pure(module: Module) -> bool:
    is_bare = not module.text.strip() or module.place.endswith("__init__.py")
    return module.is_pure or is_bare or module.place in ALSO_PURE


def _is_pure_name(tree: Tree, name: str) -> bool:
    if name.partition(".")[0] != "ecs_gitops":
        return any(name == known or name.startswith(f"{known}.") for known in PURE_LIBRARIES)
    module = tree.of_name(name)
    return module is None or _may_be_pure(module)


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
