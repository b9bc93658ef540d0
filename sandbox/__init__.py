"""A one-machine AWS that lives: enough of it to run the whole product with no account."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def _nobody_validates(_document: Any) -> None:
    """No API Gateway is ever made here."""


def _stand_in_for_openapi_validator() -> None:
    """moto's CloudFormation imports its API Gateway, and that a validator that is not installed."""
    if find_spec("openapi_spec_validator") is not None:
        return
    names = ("openapi_spec_validator", "validation", "exceptions")
    for length in range(1, 4):
        name = ".".join(names[:length])
        sys.modules[name] = ModuleType(name)
    vars(sys.modules[names[0]])["validate"] = _nobody_validates
    vars(sys.modules[".".join(names)])["OpenAPIValidationError"] = type(
        "OpenAPIValidationError", (Exception,), {}
    )


_stand_in_for_openapi_validator()
