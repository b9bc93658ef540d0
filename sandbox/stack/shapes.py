"""CloudFormation spells properties `PascalCase`; most APIs `camelCase`. Pure."""

from __future__ import annotations

from typing import Any


def camel(value: Any) -> Any:
    """Keys with a small first letter, all the way down."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel(item) for key, item in value.items()}
    return value
