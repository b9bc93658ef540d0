"""Packs a folder with a Dockerfile into an image, for the few instructions that need no shell.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.services.ecr.image import Image, find_base

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_HEALTH_OPTIONS = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start-period": "StartPeriod",
    "start-interval": "StartInterval",
    "retries": "Retries",
}


class DockerfileError(ValueError):
    """A Dockerfile that the sandbox cannot build; the message names the line."""


def pack(folder: Path) -> Image:
    """The image of a folder with a Dockerfile. Raises DockerfileError, `<file>:<line>: …`."""
    dockerfile = folder / "Dockerfile"
    if not dockerfile.is_file():
        raise DockerfileError(f"cannot pack {folder}: it holds no Dockerfile")
    build = _Build(folder)
    for line, keyword, rest in instructions(dockerfile.read_text("utf-8")):
        try:
            build.do(keyword, rest)
        except ValueError as error:
            raise DockerfileError(f"{dockerfile}:{line}: {error}") from error
    return build.image(dockerfile)


def instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """A Dockerfile's instructions: line number (of the first line), keyword in capitals, the rest."""
    start, joined = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        start = start or number
        joined += stripped.removesuffix("\\")
        if stripped.endswith("\\"):
            continue
        keyword, _, rest = joined.partition(" ")
        yield start, keyword.upper(), rest.strip()
        start, joined = 0, ""


@dataclass(slots=True)
class _Build:
    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    begun: bool = False

    def do(self, keyword: str, rest: str) -> None:
        """One instruction. Raises ValueError saying what is wrong with it."""
        steps: dict[str, Callable[[str], None]] = {
            "FROM": self._from,
            "COPY": self._copy,
            "EXPOSE": self._expose,
            "ENV": self._env,
            "CMD": self._cmd,
            "ENTRYPOINT": self._entry_point,
            "HEALTHCHECK": self._health_check,
        }
        if keyword not in steps:
            known = ", ".join(steps)
            raise ValueError(f"the sandbox does not run {keyword}; it knows {known}")
        if not self.begun and keyword != "FROM":
            raise ValueError(f"{keyword} before FROM")
        steps[keyword](rest)

    def image(self, dockerfile: Path) -> Image:
        """What was built."""
        if not self.begun:
            raise DockerfileError(f"{dockerfile}:1: there is no FROM")
        return Image(self.files, self.settings)

    def _from(self, rest: str) -> None:
        if self.begun:
            raise ValueError("the sandbox builds one stage: a second FROM")
        base = find_base(rest)
        if base is None or " " in rest:
            raise ValueError(f"the sandbox has no base image {rest!r}; it knows nginx")
        self.begun = True
        self.files, self.settings = dict(base.files), json.loads(json.dumps(dict(base.settings)))

    def _copy(self, rest: str) -> None:
        *sources, target = _list(rest) if rest.startswith("[") else shlex.split(rest)
        if not sources:
            raise ValueError("COPY needs a source and a destination")
        if flag := next((word for word in sources if word.startswith("--")), None):
            raise ValueError(f"the sandbox does not know COPY {flag.partition('=')[0]}")
        matches = [path for source in sources for path in self._matches(source)]
        place = posixpath.join("/", target)
        is_folder = any(path.startswith(place.rstrip("/") + "/") for path in self.files)
        for path in matches:
            self._add(path, place, is_folder or target.endswith("/") or len(matches) > 1)

    def _matches(self, source: str) -> list[Path]:
        """The paths in the build context that a COPY source names."""
        relative = posixpath.normpath(source.lstrip("/"))
        if relative.startswith(".."):
            raise ValueError(f"{source} is outside the build context")
        found = [self.folder] if relative == "." else sorted(self.folder.glob(relative))
        if not found:
            raise ValueError(f"COPY {source}: no such file in {self.folder}")
        return found

    def _add(self, path: Path, target: str, into: bool) -> None:
        if path.is_symlink():
            raise ValueError(f"{path.name} is a symbolic link")
        if path.is_dir():
            for child in sorted(path.iterdir()):
                self._add(child, posixpath.join(target, child.name), into=False)
            return
        place = posixpath.join(target, path.name) if into else target
        self.files[posixpath.normpath(place)] = path.read_bytes()

    def _expose(self, rest: str) -> None:
        ports = self.settings.setdefault("ExposedPorts", {})
        for port in rest.split():
            if not re.fullmatch(r"\d+(/(tcp|udp))?", port):
                raise ValueError(f"EXPOSE {port}: expected a port, as 80 or 80/tcp")
            ports[port if "/" in port else f"{port}/tcp"] = {}

    def _env(self, rest: str) -> None:
        words = shlex.split(rest)
        if "=" not in words[0]:  # the old form: ENV NAME the value
            words = [f"{words[0]}={rest.split(None, 1)[1]}"]
        names = {word.partition("=")[0] for word in words}
        kept = [pair for pair in self.settings.get("Env", []) if pair.partition("=")[0] not in names]
        self.settings["Env"] = kept + words

    def _cmd(self, rest: str) -> None:
        self.settings["Cmd"] = _command(rest)

    def _entry_point(self, rest: str) -> None:
        self.settings["Entrypoint"] = _command(rest)
        self.settings.pop("Cmd", None)  # as Docker does with a Cmd inherited from the base

    def _health_check(self, rest: str) -> None:
        options = re.findall(r"--([a-z-]+)=(\S+)", rest)
        words = re.sub(r"--[a-z-]+=\S+\s*", "", rest)
        if words.strip() == "NONE":
            self.settings["Healthcheck"] = {"Test": ["NONE"]}
            return
        if not words.startswith("CMD "):
            raise ValueError("expected HEALTHCHECK [OPTIONS] CMD … or NONE")
        check: dict[str, Any] = {"Test": _test(words[4:].strip())}
        for name, value in options:
            if name not in _HEALTH_OPTIONS:
                raise ValueError(f"HEALTHCHECK --{name}: no such option")
            check[_HEALTH_OPTIONS[name]] = int(value) if name == "retries" else _nanoseconds(value)
        self.settings["Healthcheck"] = check


def _command(text: str) -> list[str]:
    """Exec form as it is; shell form under `/bin/sh -c`."""
    return _list(text) if text.startswith("[") else ["/bin/sh", "-c", text]


def _test(text: str) -> list[str]:
    return ["CMD", *_list(text)] if text.startswith("[") else ["CMD-SHELL", text]


def _list(text: str) -> list[str]:
    try:
        words = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{text}: expected a JSON list of strings") from error
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{text}: expected a JSON list of strings")
    return words


def _nanoseconds(duration: str) -> int:
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", duration)
    if parts is None:
        raise ValueError(f"{duration}: expected a duration, as 30s")
    return int(float(parts[1]) * _SECONDS[parts[2]] * 1_000_000_000)
