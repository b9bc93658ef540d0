"""A process in which no world has been: what one leaves is gone before the next and after the last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import boto3
import botocore.session
from botocore.loaders import Loader
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_api._internal import mock_random


@contextmanager
def blank(seed: int) -> Iterator[None]:
    """Within, moto begins empty and draws its identifiers from the seed; afterwards it is empty again."""
    _reset()
    mock_random.seed(seed)
    session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None
    create_loader = botocore.session.create_loader
    # One loader for all sessions: each would parse the same models again, 0.2 s for each function.
    botocore.session.create_loader = lambda _=None: _models()
    try:
        yield
    finally:
        botocore.session.create_loader = create_loader
        boto3.DEFAULT_SESSION = session
        _reset()


def _reset() -> None:
    known = list(BackendDict._instances)
    for backends in known:
        if backends.service_name != "s3":  # it alone holds open files
            backends.clear()  # resetting would make each anew, and those that know others, others anew
    BackendDict.reset()
    reset_model_data()


@cache
def _models() -> Loader:
    return Loader()
