"""What moto's Application Auto Scaling asks ECS, answered by the ECS of this world."""

from __future__ import annotations

from collections.abc import Callable, Collection

from moto.applicationautoscaling.exceptions import AWSValidationException


def service_check(services: Collection[str]) -> Callable[[object, str], bool]:
    """A method that knows `service/<cluster>/<name>` by ARNs, and raises as moto's does."""

    def exists(_backend: object, resource: str) -> bool:
        if not any(arn.endswith(f":{resource}") for arn in services):
            raise AWSValidationException(f"ECS service doesn't exist: {resource}")
        return True

    return exists
