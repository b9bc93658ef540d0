"""Bare repositories in a folder, and what a change of their references means to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_IFLNK
from typing import TYPE_CHECKING

from dulwich.config import StackedConfig
from dulwich.errors import NotGitRepository
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

if TYPE_CHECKING:
    from collections.abc import Iterator

WHO = b"Sandbox <sandbox@example.com>"


@dataclass(frozen=True, slots=True)
class RefChange:
    """A branch or tag that moved. `old` is None when it is new, `new` when it is gone."""

    repository: str
    ref: str
    old: str | None
    new: str | None
    caller: str


Changed = Callable[[RefChange], None]


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link as a file of a commit."""

    target: str


Content = str | bytes | Link | None
"""What a commit puts at a path; None removes what is there."""


class BareRepo(Repo):
    """A repository that knows nothing of the user's or the machine's Git configuration."""

    def get_config_stack(self) -> StackedConfig:
        return StackedConfig([self.get_config()])


class Repositories:
    """All repositories of a world; every change of a reference is told once."""

    def __init__(self, folder: Path, changed: Changed) -> None:
        self._folder = folder
        self._changed = changed
        self._repos: dict[str, BareRepo] = {}

    def create(self, name: str) -> None:
        """Raises FileExistsError when there is one of that name."""
        path = self._folder / name
        path.mkdir(parents=True)
        made = BareRepo.init_bare(path, config=StackedConfig([]), default_branch=b"main")
        made.close()
        self._repos[name] = BareRepo(str(path))

    def delete(self, name: str) -> None:
        """Forget a repository; harmless when there is none."""
        if repo := self._repos.pop(name, None):
            repo.close()

    def has(self, name: str) -> bool:
        """Whether there is a repository of that name."""
        return name in self._repos

    def open(self, name: str) -> BareRepo:
        """Raises NotGitRepository when there is none of that name."""
        if name not in self._repos:
            raise NotGitRepository(f"cannot open repository {name}: there is none")
        return self._repos[name]

    def close(self) -> None:
        """Let go of all files."""
        for name in tuple(self._repos):
            self.delete(name)

    def head(self, name: str, branch: str) -> str | None:
        """The commit a branch stands at; None when there is no such branch."""
        refs = self.open(name).refs
        ref = _branch(branch)
        return refs[ref].decode() if ref in refs else None

    @contextmanager
    def telling(self, name: str, caller: str) -> Iterator[None]:
        """Tell of every reference that another hand moves within."""
        repo = self.open(name)
        before = _refs(repo)
        yield
        after = _refs(repo)
        for ref in sorted({*before, *after}):
            if before.get(ref) != after.get(ref):
                self._changed(RefChange(name, ref, before.get(ref), after.get(ref), caller))


def _refs(repo: BareRepo) -> dict[str, str]:
    return {ref.decode(): commit.decode() for ref, commit in repo.get_refs().items() if ref != b"HEAD"}


def _branch(name: str) -> Ref:
    return Ref(f"refs/heads/{name}".encode())


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a push from inside happens: in a turn of the world, at its time, in a name."""

    turn: Callable[[], AbstractContextManager[None]]
    now: Callable[[], float]
    caller: str


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository as a person at a test sees it."""

    name: str
    url: str
    repositories: Repositories
    place: Place

    def push(self, files: Mapping[str, Content], message: str, branch: str = "main") -> str:
        """Commit these files (None removes one) on top of a branch and push; the commit's id."""
        with self.place.turn(), self.repositories.telling(self.name, self.place.caller):
            repo = self.repositories.open(self.name)
            head = self.head(branch)
            commit = _commit(repo, head, files, message, int(self.place.now()))
            repo.refs[_branch(branch)] = commit
        return commit.decode()

    def rewrite(self, commit: str, branch: str = "main") -> None:
        """Force a branch onto a commit that the repository has."""
        with self.place.turn(), self.repositories.telling(self.name, self.place.caller):
            self.repositories.open(self.name).refs[_branch(branch)] = ObjectID(commit.encode())

    def head(self, branch: str = "main") -> str | None:
        """The commit a branch stands at; None when there is no such branch."""
        return self.repositories.head(self.name, branch)


def _commit(
    repo: BareRepo, head: str | None, files: Mapping[str, Content], message: str, at: int
) -> ObjectID:
    parents = [ObjectID(head.encode())] if head else []
    commit = Commit()
    commit.tree = _tree(repo, head, files)
    commit.parents = parents
    commit.author = commit.committer = WHO
    commit.author_time = commit.commit_time = at
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = message.encode()
    repo.object_store.add_object(commit)
    return commit.id


def _tree(repo: BareRepo, head: str | None, files: Mapping[str, Content]) -> ObjectID:
    store = repo.object_store
    base = Tree()
    if head:
        parent = repo[head.encode()]
        assert isinstance(parent, Commit)
        found = repo[parent.tree]
        assert isinstance(found, Tree)
        base = found
    changes: list[tuple[bytes, int | None, ObjectID | None]] = []
    for path, text in files.items():
        if text is None:
            changes.append((path.encode(), None, None))
            continue
        data = text.target if isinstance(text, Link) else text
        blob = Blob.from_string(data.encode() if isinstance(data, str) else data)
        store.add_object(blob)
        changes.append((path.encode(), S_IFLNK if isinstance(text, Link) else 0o100644, blob.id))
    if not changes:
        store.add_object(base)
        return base.id
    return commit_tree_changes(store, base, changes)
