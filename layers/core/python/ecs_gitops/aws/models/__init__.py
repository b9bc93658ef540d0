"""What botocore knows of the services and operations that are called here, and of nothing else.

Loading the whole model of ECS takes longer than everything else a function does when it starts. The files
beside this one are botocore's own, trimmed by `python -m sandbox.models`; a test keeps them current.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader


@cache
def loader() -> Any:
    """Loads nothing but the trimmed models: an operation that they lack does not exist.

    One for the process: it keeps what it has read.
    """
    return Loader(extra_search_paths=[str(Path(__file__).parent)], include_default_search_paths=False)
