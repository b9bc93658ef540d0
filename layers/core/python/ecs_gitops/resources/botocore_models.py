"""What botocore knows of the services and operations that are called here, and of nothing else.

Loading the whole model of ECS takes longer than everything else a function does when it starts. The files
in `models/` are botocore's own, trimmed by `python -m sandbox.stack.trimmed_models`; a test keeps
them current.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader


@cache
def loader() -> Any:
    """Loads nothing but the trimmed models: an operation that they lack does not exist.

    One for the process: it keeps what it has read.
    """
    here = str(Path(__file__).with_name("models"))
    return Loader(extra_search_paths=[here], file_loader=_Files(), include_default_search_paths=False)


class _Files:
    """Files as plain dicts, which json makes three times as fast as botocore's ordered ones."""

    def exists(self, path: str) -> bool:
        """Whether there is a file; `path` is without its suffix."""
        return Path(f"{path}.json").is_file()

    def load_file(self, path: str) -> Any:
        """What a file holds, None when there is none."""
        return json.loads(Path(f"{path}.json").read_bytes()) if self.exists(path) else None
