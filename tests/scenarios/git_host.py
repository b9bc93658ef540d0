"""How the Git host may answer the controller's functions; people who push are answered as ever."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.front.who import Principal
from sandbox.front.wsgi import Answer, Request
from sandbox.world.faults import Instead, none
from tests.scenarios.stage import Stage


def well(stage: Stage) -> None:
    """Every door is as it should be."""
    stage.world.faults.instead = none


def of_git(answer: Callable[[Request], Answer | None]) -> Instead:
    """What a function asks of the Git host is answered like this, where it is at all."""

    def instead(principal: Principal, action: str, request: Request) -> Answer | None:
        is_ours = principal.kind == "role" and action == "codecommit:GitPull"
        return answer(request) if is_ours else None

    return instead


def fetches_that_answer(status: int) -> Instead:
    """The head may be seen, and nothing fetched."""
    refused = Answer(status, (("Content-Type", "text/plain"),), b"")
    return of_git(lambda request: refused if request.method == "POST" else None)


def moved(place: str) -> Instead:
    """Whoever asks is sent on to another place."""
    return of_git(lambda _: Answer(301, (("Location", place),), b""))


def a_host_of(head: str, pack: bytes) -> Instead:
    """A host with one branch, whose fetch brings this pack whatever is asked."""

    def framed(text: bytes) -> bytes:
        return b"%04x%s" % (len(text) + 4, text)

    refs = framed(b"# service=git-upload-pack\n") + b"0000"
    refs += framed(f"{head} refs/heads/main\0shallow side-band-64k ofs-delta\n".encode()) + b"0000"
    cut = framed(f"shallow {head}".encode()) + b"0000"
    pieces = (framed(b"\1" + pack[at : at + 65_515]) for at in range(0, len(pack), 65_515))
    brought = b"".join([framed(b"NAK\n"), *pieces, b"0000"])

    def answer(request: Request) -> Answer:
        kind, body = ("result", brought) if request.method == "POST" else ("advertisement", refs)
        if b"deepen" in request.body:
            body = cut + brought
        return Answer(200, (("Content-Type", f"application/x-git-upload-pack-{kind}"),), body)

    return of_git(answer)
