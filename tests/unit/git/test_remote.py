"""A branch is read over real HTTP: its head, and the files below one folder of its newest commit."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import MemoryRepo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

from ecs_gitops.git.credentials import codecommit_credentials
from ecs_gitops.git.remote import Limits, Remote
from ecs_gitops.model.errors import RetryableError, SourceError

PATH = "/v1/repos/config"
NGINX = "desired_state/handson/nginx.yaml"


@dataclass
class Host:
    """A Git server on this machine with one repository, which remembers what it was asked."""

    url: str = ""
    repo: MemoryRepo = field(default_factory=lambda: MemoryRepo.init_bare([], {}))
    refusal: str = ""
    moved_to: str = ""
    answers: tuple[str, bytes] | None = None
    damage: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def push(self, files: Mapping[str, bytes | None], modes: Mapping[str, int] | None = None) -> str:
        """Commit changes to main."""
        store = self.repo.object_store
        refs = self.repo.refs
        before = self.repo.get_refs().get(b"refs/heads/main")
        tree = store[store[before].tree] if before else Tree()
        changes: list[Any] = []
        for path, content in files.items():
            if content is None:
                changes.append((path.encode(), None, None))
                continue
            blob = Blob.from_string(content)
            store.add_object(blob)
            changes.append((path.encode(), (modes or {}).get(path, 0o100644), blob.id))
        store.add_object(tree)
        commit = Commit()
        commit.tree = commit_tree_changes(store, tree, changes)
        commit.parents = [before] if before else []
        commit.author = commit.committer = b"Ada <ada@example.com>"
        commit.author_time = commit.commit_time = 1795405500
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"change"
        store.add_object(commit)
        refs[b"refs/heads/main"] = commit.id
        return commit.id.decode()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer one request."""
        self.asked.append(environ)
        if self.refusal:
            start(self.refusal, [("Content-Type", "text/plain")])
            return [b"no"]
        if self.moved_to and environ["PATH_INFO"].startswith(PATH):
            moved = self.moved_to + environ["PATH_INFO"].removeprefix(PATH)
            start("301 Moved", [("Location", f"{moved}?{environ['QUERY_STRING']}")])
            return [b"moved"]
        if self.answers:
            start("200 OK", [("Content-Type", self.answers[0])])
            return [self.answers[1]]
        app = make_wsgi_chain(DictBackend({PATH: self.repo, "/moved": self.repo}))
        written: list[bytes] = []

        def begin(status: str, headers: list[tuple[str, str]]) -> Any:
            start(status, headers)
            return written.append

        answer = b"".join([*app(environ, begin), *written])
        if self.damage and environ["PATH_INFO"].endswith("git-upload-pack"):
            at = len(answer) - 10  # inside the pack's own checksum, which a flush packet follows
            answer = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        return [answer]

    def remote(self, **more: Any) -> Remote:
        """Our side of its branch."""
        return replace(Remote(self.url + PATH, "main"), **more)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served() -> Iterator[Host]:
    host = Host()
    with make_server("127.0.0.1", 0, host, handler_class=_Quiet) as server:
        host.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def host() -> Iterator[Host]:
    with served() as host:
        yield host


def test_the_head_and_the_files_below_a_folder_are_those_of_the_newest_commit(host: Host) -> None:
    host.push(
        {NGINX: b"one", "desired_state/a/b/c.yaml": b"c", "README.md": b"r", "desired_state2/x": b"x"}
    )
    commit = host.push({NGINX: b"two"})
    tree = host.remote().fetch("desired_state")
    assert host.remote().head() == commit == tree.commit
    assert tree.files == {NGINX: b"two", "desired_state/a/b/c.yaml": b"c"}
    assert tree.links == frozenset()
    assert set(host.remote().fetch("").files) == {*tree.files, "README.md", "desired_state2/x"}


def test_a_commit_of_the_history_is_held_and_one_that_was_rewritten_is_not(host: Host) -> None:
    commits = [host.push({NGINX: text.encode()}) for text in "abcd"]
    remote = Remote(host.url + PATH, "main")
    head = remote.fetch("desired_state")
    assert head.parents == (commits[2],)
    assert [remote.holds(commit, head) for commit in commits] == [True] * 4
    host.repo.refs[b"refs/heads/main"] = ObjectID(commits[1].encode())
    back = remote.fetch("desired_state")
    assert [remote.holds(commit, back) for commit in commits] == [True, True, False, False]
    host.push({NGINX: b"other"})
    fork = remote.fetch("desired_state")
    assert [remote.holds(commit, fork) for commit in commits] == [True, True, False, False]
    assert not remote.holds("0" * 40, fork)


def test_a_child_of_what_is_known_is_believed_without_asking(host: Host) -> None:
    first = host.push({NGINX: b"a"})
    host.push({NGINX: b"b"})
    remote = Remote(host.url + PATH, "main")
    head, asked = remote.fetch("desired_state"), len(host.asked)
    assert remote.holds(first, head)
    assert len(host.asked) == asked


def test_only_the_newest_commit_is_fetched(host: Host) -> None:
    noise = bytes(range(256)) * 4 + b"".join(bytes([n % 251, n % 241]) for n in range(5000))
    host.push({"desired_state/old.bin": noise, NGINX: b"a"})
    small = replace(host.remote(), limits=Limits(pack=2000))
    with pytest.raises(SourceError, match="a fetch brings more than 2,000 bytes"):
        small.fetch("desired_state")
    host.push({"desired_state/old.bin": None})
    assert small.fetch("desired_state").files == {NGINX: b"a"}


def test_links_are_named_and_not_followed(host: Host) -> None:
    links = {"desired_state/handson/link.yaml": b"../../README.md", "desired_state/prod": b"submodule"}
    modes = dict(zip(links, (0o120000, 0o160000), strict=True))
    host.push({NGINX: b"a", **links}, modes)
    tree = host.remote().fetch("desired_state")
    assert (tree.files, tree.links) == ({NGINX: b"a"}, frozenset(links))


def test_a_link_in_place_of_the_folder_gives_no_files(host: Host) -> None:
    host.push(
        {"desired_state": b"elsewhere", "elsewhere/handson/nginx.yaml": b"a"}, {"desired_state": 0o120000}
    )
    tree = host.remote().fetch("desired_state")
    assert (tree.files, tree.links) == ({}, {"desired_state"})


def test_a_missing_branch_is_none_and_cannot_be_fetched(host: Host) -> None:
    host.push({NGINX: b"a"})
    other = host.remote(branch="other")
    assert other.head() is None
    with pytest.raises(
        SourceError, match=r"cannot read http://127\.0\.0\.1:\d+/v1/repos/config: there is no branch other"
    ):
        other.fetch("desired_state")


def test_an_empty_repository_has_no_head(host: Host) -> None:
    assert host.remote().head() is None


def test_limits_hold_for_what_is_unpacked_and_for_the_number_of_files(host: Host) -> None:
    host.push({f"desired_state/c/{n}.yaml": b"a" * 1000 + str(n).encode() for n in range(20)})
    assert len(host.remote(limits=Limits(files=20)).fetch("desired_state").files) == 20
    with pytest.raises(SourceError, match="more than 19 files below desired_state"):
        host.remote(limits=Limits(files=19)).fetch("desired_state")
    with pytest.raises(SourceError, match="it unpacks to more than 10,000 bytes"):
        host.remote(limits=Limits(unpacked=10_000)).fetch("desired_state")


@pytest.mark.parametrize(
    ("refusal", "error", "message"),
    [
        ("401 Unauthorized", SourceError, "the credential was refused"),
        ("403 Forbidden", SourceError, "access is denied"),
        ("404 Not Found", SourceError, "no Git repository is there"),
        ("500 Internal Server Error", RetryableError, "unexpected http resp 500"),
        ("429 Too Many Requests", RetryableError, "unexpected http resp 429"),
    ],
)
def test_refusals_say_who_must_act_and_hold_no_credential(
    host: Host, refusal: str, error: type[Exception], message: str
) -> None:
    host.refusal = refusal
    remote = host.remote(credentials=lambda: ("ada", "hunter2"))
    for ask in (remote.head, lambda: remote.fetch("desired_state")):
        with pytest.raises(error, match=message) as caught:
            ask()
        assert "hunter2" not in str(caught.value)


def test_a_fetch_that_comes_damaged_is_never_taken_for_a_tree(host: Host) -> None:
    host.push({NGINX: b"a"})
    host.damage = True
    with pytest.raises(RetryableError, match="the fetch came damaged"):
        host.remote().fetch("desired_state")


def test_a_repository_that_moved_within_its_host_is_followed(host: Host) -> None:
    commit = host.push({NGINX: b"a"})
    host.moved_to = "/moved"
    remote = host.remote(credentials=lambda: ("ada", "hunter2"))
    assert (remote.head(), remote.fetch("").files) == (commit, {NGINX: b"a"})


def test_a_redirect_in_a_circle_ends(host: Host) -> None:
    host.moved_to = host.url + PATH
    with pytest.raises(SourceError, match="it sends us on more than 3 times"):
        host.remote().head()
    assert len(host.asked) == 4


def test_nobody_is_followed_to_another_host_and_no_credential_goes_there(host: Host) -> None:
    host.push({NGINX: b"a"})
    with served() as other:
        other.repo = host.repo
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        remote = host.remote(credentials=lambda: ("ada", "hunter2"))
        for place, named in (
            (other.url, other.url),
            (elsewhere, elsewhere),
            (host.url.replace("http:", "https:"), host.url.replace("http:", "https:")),
            (other.url.replace("://", "://eve:secret@"), other.url),
        ):
            host.moved_to = place + PATH
            for ask in (remote.head, partial(remote.fetch, "")):
                with pytest.raises(SourceError) as caught:
                    ask()
                assert str(caught.value) == (
                    f"cannot read {host.url}{PATH}: {host.url} sends us on to {named}, and we follow to no "
                    "other host. Deploy with the SourceUrl at which the repository is now."
                )
        assert other.asked == []
        assert replace(remote, url=other.url + PATH).fetch("").files == {NGINX: b"a"}  # the control
        assert other.asked


def test_what_is_no_git_host_is_not_taken_for_one(host: Host) -> None:
    for kind, body in (
        ("text/html", b"<html>Log in</html>"),
        ("text/plain", b"0" * 40 + b"\trefs/heads/main"),
    ):
        host.answers = kind, body
        with pytest.raises(SourceError, match=rf"what answers there is no Git host \(it sends {kind}\)"):
            host.remote().head()


def advertised(count: int) -> bytes:
    """What a host says of so many branches."""

    def line(text: bytes) -> bytes:
        return b"%04x%s" % (len(text) + 4, text)

    refs = [b"%040x refs/heads/b%d\n" % (each + 1, each) for each in range(count)]
    refs[0] = refs[0].replace(b"\n", b"\0shallow side-band-64k\n")
    return b"".join([line(b"# service=git-upload-pack\n"), b"0000", *map(line, refs), b"0000"])


def test_a_list_of_branches_has_its_limits_in_bytes_and_in_number(host: Host) -> None:
    host.answers = "application/x-git-upload-pack-advertisement", advertised(1000)
    fewer = "Delete those that are done with, or keep the manifests in a repository of their own."

    def said(ask: Callable[[], object]) -> str:
        with pytest.raises(SourceError) as caught:
            ask()
        return str(caught.value).removeprefix(f"cannot read {host.url}{PATH}: the host sends more than ")

    short, few = host.remote(limits=Limits(refs=40_000)), host.remote(limits=Limits(names=999))
    assert said(short.head) == f"40,000 bytes of branches and tags. {fewer}"
    assert said(lambda: short.fetch("")) == f"40,000 bytes of branches and tags. {fewer}"
    assert said(lambda: few.fetch("")) == f"999 branches and tags. {fewer}"
    assert host.remote(branch="b7").head() == f"{8:040x}"


def test_an_answer_that_goes_on_and_on_ends(host: Host) -> None:
    host.push({NGINX: b"a"})
    small = host.remote(limits=Limits(refs=10**6, pack=-8 * 1024 * 1024))
    with pytest.raises(SourceError, match="the host sends more than 0 bytes as a fetch"):
        small.fetch("")


@pytest.mark.parametrize(
    "body", [b"", b"zzzz", b"0000", b"001e# service=git-upload-pack\n0000zzzz", b"\0" * 99]
)
def test_an_answer_that_is_none_of_git_s_may_be_better_later(host: Host, body: bytes) -> None:
    host.answers = "application/x-git-upload-pack-advertisement", body
    for ask in (host.remote().head, lambda: host.remote().fetch("")):
        with pytest.raises(RetryableError, match="cannot read"):
            ask()


def test_a_host_that_does_not_answer_may_answer_later() -> None:
    with served() as host:
        remote = host.remote()
    with pytest.raises(RetryableError, match="cannot read"):
        remote.head()


def test_credentials_are_made_anew_for_each_connection(host: Host) -> None:
    host.push({NGINX: b"a"})
    passwords = iter(["one", "two"])
    remote = host.remote(credentials=lambda: ("ada%token", next(passwords)))
    remote.head()
    remote.fetch("desired_state")
    sent = [base64.b64decode(asked["HTTP_AUTHORIZATION"].split()[1]).decode() for asked in host.asked]
    assert list(dict.fromkeys(sent)) == ["ada%token:one", "ada%token:two"]


@pytest.mark.parametrize(
    "url",
    ["http://example.com/r", "https://ada:pw@example.com/r", "ssh://example.com/r", "/tmp/r", "file:///r"],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(SourceError, match="cannot read") as caught:
        Remote(url, "main")
    assert "pw" not in str(caught.value)


def test_the_user_s_git_configuration_and_proxies_are_not_read(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.push({NGINX: b"a"})
    hostile = f"""
        [http]
            proxy = http://127.0.0.1:1
            extraHeader = "X-Evil: 1"
        [url "http://127.0.0.1:1/"]
            insteadOf = {host.url}/
    """
    (tmp_path / ".gitconfig").write_text(hostile)
    for name, value in {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": str(tmp_path / ".gitconfig"),
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    assert host.remote().fetch("desired_state").files == {NGINX: b"a"}
    assert not any("HTTP_X_EVIL" in asked for asked in host.asked)


def test_codecommit_s_signature_is_that_of_its_own_helper() -> None:
    session = SimpleNamespace(
        access_key="AKIDEXAMPLE",
        secret_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        token="FwoGZXIvYXdzEXAMPLE//TOKEN+==",
    )
    url = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/gitops-demo"
    user, password = codecommit_credentials(url, session, "us-east-1", 1795405500.9)
    signature = "423350b29007350187be06dfc5267a73c0cccde70d90524c978b12da6e829551"
    assert user == "AKIDEXAMPLE%FwoGZXIvYXdzEXAMPLE//TOKEN+=="
    assert password == f"20261123T034500Z{signature}"
    session.token = None
    assert codecommit_credentials(url, session, "us-east-1", 1795405500) == ("AKIDEXAMPLE", password)
