"""What nginx would answer: the few directives that matter, read from a container's conf.d. Pure.

https://nginx.org/en/docs/dirindex.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

DEFAULT_ROOT = "/usr/share/nginx/html"
_DIRECTIVES = """
    absolute_redirect access_log aio alias allow break charset chunked_transfer_encoding deny directio
    default_type error_log error_page etag expires geo hash http2 http3 if if_modified_since
    ignore_invalid_headers include index internal ip_hash keepalive least_conn limit_except
    lingering_close listen location map max_ranges merge_slashes mirror msie_padding
    output_buffers port_in_redirect postpone_output
    recursive_error_pages reset_timedout_connection resolver return rewrite rewrite_log root satisfy
    sendfile sendfile_max_chunk server set split_clients stub_status tcp_nodelay tcp_nopush try_files types
    underscores_in_headers upstream valid_referers zone gzip autoindex slice userid
"""
_BEGINNINGS = """
    add_ auth_ autoindex_ charset_ client_ dav_ directio_ fastcgi_ grpc_ gunzip gzip_ js_ keepalive_
    large_client_ limit_ lingering_ log_ map_hash_ memcached_ open_ proxy_ quic_ real_ip_ referer_
    resolver_ scgi_ secure_link send_ server_ set_real_ set_ ssl_ sub_ types_hash_ userid_ uwsgi_
    variables_hash_
"""
KNOWN = frozenset(_DIRECTIVES.split())
KNOWN_BEGINNINGS = tuple(_BEGINNINGS.split())
FREE_BLOCKS = ("types", "map", "geo", "split_clients")  # what stands in them are no directives
STATUS = {
    200: "OK",
    204: "No Content",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Not Allowed",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
}
TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "js": "application/javascript",
    "json": "application/json",
    "txt": "text/plain",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "ico": "image/x-icon",
}
_TOKEN = re.compile(r"""\#[^\n]*|"(?:\\.|[^"])*"|'(?:\\.|[^'])*'|[{};]|[^\s{};]+|\n""")


class EmergencyError(ValueError):
    """A configuration that nginx does not start with; the message is nginx's own."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive of a configuration, with the block it opens."""

    name: str
    words: tuple[str, ...]
    line: int
    block: tuple[Directive, ...] = ()

    def find(self, name: str) -> Directive | None:
        """The first directive of that name in the block."""
        return next((inner for inner in self.block if inner.name == name), None)


@dataclass(frozen=True, slots=True)
class Location:
    """Which requests (a prefix, or a whole path) are answered how."""

    path: str
    exact: bool = False
    root: str = DEFAULT_ROOT
    index: tuple[str, ...] = ("index.html",)
    answer: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One `server` block: the ports it listens on, and its locations."""

    ports: tuple[int, ...] = (80,)
    locations: tuple[Location, ...] = (Location("/"),)

    def location(self, path: str) -> Location:
        """The exact one, else the one with the longest prefix."""
        exact = [place for place in self.locations if place.exact and place.path == path]
        prefixes = [it for it in self.locations if not it.exact and path.startswith(it.path)]
        return (exact or sorted(prefixes, key=lambda it: -len(it.path)) or [Location("/")])[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer without its framing."""

    status: int
    body: bytes
    type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


def read_sites(files: Mapping[str, str]) -> tuple[Site, ...]:
    """The sites of `/etc/nginx/conf.d/*.conf` (path → text). Raises EmergencyError as nginx would."""
    sites: list[Site] = []
    for path, text in sorted(files.items()):
        block, _ = _block(list(_tokens(text)), 0, path)
        sites += [_site(directive) for directive in block if directive.name == "server"]
    return tuple(sites)


def error(status: int) -> Answer:
    """nginx's own page for a status."""
    title = f"{status} {STATUS.get(status, '')}".strip()
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>"
        "\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Answer(status, page.encode())


def media_type(path: str) -> str:
    """By the ending, as in nginx's mime.types."""
    return TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token == "\n":
            line += 1
        elif not token.startswith("#"):
            yield token.strip("\"'"), line


def _block(
    tokens: list[tuple[str, int]], at: int, path: str, parent: str = ""
) -> tuple[tuple[Directive, ...], int]:
    """The directives from a token on, up to the end of their block → (directives, where it goes on)."""
    directives: list[Directive] = []
    words: list[str] = []
    start = 0
    while at < len(tokens):
        token, line = tokens[at]
        at += 1
        if token == "}":
            if not parent or words:
                raise EmergencyError(f'unexpected "}}" in {path}:{line}')
            return tuple(directives), at
        if token not in (";", "{"):
            start = start if words else line
            words.append(token)
            continue
        if not words:
            raise EmergencyError(f'unexpected "{token}" in {path}:{line}')
        if not (_known(words[0]) or parent in FREE_BLOCKS):
            raise EmergencyError(f'unknown directive "{words[0]}" in {path}:{start}')
        inner: tuple[Directive, ...] = ()
        if token == "{":
            inner, at = _block(tokens, at, path, words[0])
        directives.append(Directive(words[0], tuple(words[1:]), start, inner))
        words = []
    if parent or words:
        wanted = ";" if words else "}"
        raise EmergencyError(f'unexpected end of file, expecting "{wanted}" in {path}:{tokens[-1][1]}')
    return tuple(directives), at


def _known(name: str) -> bool:
    return name in KNOWN or name.startswith(KNOWN_BEGINNINGS)


def _site(server: Directive) -> Site:
    ports = [_port(listen) for listen in server.block if listen.name == "listen"]
    locations = [_location(inner, server) for inner in server.block if inner.name == "location"]
    own = _location(Directive("location", ("/",), server.line, server.block), server)
    return Site(tuple(dict.fromkeys(ports)) or (80,), (*locations, own))


def _location(place: Directive, server: Directive) -> Location:
    def nearest(name: str) -> Directive | None:
        return place.find(name) or server.find(name)

    root, index, answer = nearest("root"), nearest("index"), nearest("return")
    return Location(
        path=place.words[-1],
        exact=place.words[0] == "=",
        root=root.words[0] if root else DEFAULT_ROOT,
        index=index.words if index else ("index.html",),
        answer=(int(answer.words[0]), " ".join(answer.words[1:])) if answer else None,
    )


def _port(listen: Directive) -> int:
    found = re.search(r"(\d+)$", listen.words[0])
    return int(found[1]) if found else 80
