"""The real git of this machine, without anything its user has set."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sandbox.front.people import ADMIN, Credentials


@dataclass(frozen=True)
class Git:
    """Runs git in one folder; every failure is raised with what git said."""

    folder: Path

    def __call__(self, *arguments: str) -> str:
        """What git printed. Raises RuntimeError with what it said when it failed."""
        done = self.tried(*arguments)
        if done.returncode:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def tried(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """How git ended, well or not."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
        }
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True
        )

    def commit(self, files: Mapping[str, str | bytes | None], message: str) -> str:
        """Write, remove (None) and commit files; the commit's id."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_bytes(text.encode() if isinstance(text, str) else text)
        self("add", "--all")
        self("commit", "--quiet", "--message", message)
        return self("rev-parse", "HEAD")


def clone(url: str, into: Path, *options: str, credentials: Credentials = ADMIN) -> Git:
    """Clone with a credential in the URL, as CodeCommit's credential helper would give it."""
    into.mkdir(parents=True, exist_ok=True)
    git = Git(into)
    git("clone", "--quiet", *options, signed(url, credentials), ".")
    return git


def signed(url: str, credentials: Credentials = ADMIN) -> str:
    """A repository's URL with CodeCommit's user: the access key, and a session's token after `%`."""
    user = credentials.access_key + (f"%{credentials.token}" if credentials.token else "")
    return url.replace("://", f"://{quote(user, safe='')}:password@", 1)
