"""What AWS answers, sorted by what is to be done: now, in a moment, at long intervals, or by a person."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from ecs_gitops.aws.errors import translate
from ecs_gitops.model.errors import (
    AccessDeniedError,
    ConflictError,
    GitOpsError,
    QuotaError,
    RefusedError,
    RetryableError,
    ThrottledError,
)

CLIENT, INVALID = "ClientException", "InvalidParameterException"


def raised(error: Exception) -> GitOpsError:
    with pytest.raises(GitOpsError) as found, translate("cannot do it"):
        raise error
    return found.value


def answered(code: str, message: str, status: int = 400) -> GitOpsError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return raised(ClientError(answer, "CreateService"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "message", "kind", "seconds"),
    [
        (
            CLIENT,
            "Too many concurrent attempts to create a new revision of the specified family.",
            RetryableError,
            5,
        ),
        (
            INVALID,
            "Unable to assume the service linked role. Please verify that the role exists.",
            RetryableError,
            15,
        ),
        (INVALID, "Unable to Start a service that is still Draining.", RetryableError, 15),
        (INVALID, "Creation of service was not idempotent.", RetryableError, 15),
        (CLIENT, "Rate exceeded", RetryableError, 30),
        ("ThrottlingException", "Rate exceeded", ThrottledError, 30),
        ("LimitExceededException", "Rate exceeded", RetryableError, 30),
        ("LimitExceededException", "The limit for the resource was exceeded.", QuotaError, 1800),
        ("ServiceQuotaExceededException", "Too many of them.", QuotaError, 1800),
        ("ServiceNotFoundException", "Service not found.", ConflictError, 15),
        ("ServiceNotActiveException", "Service was not ACTIVE.", ConflictError, 15),
        ("ConditionalCheckFailedException", "The conditional request failed", ConflictError, 5),
    ],
)
def test_what_may_pass_says_when(code: str, message: str, kind: type, seconds: int) -> None:
    error = answered(code, message)
    assert isinstance(error, RetryableError)
    assert (type(error), error.retry_after) == (kind, seconds)
    assert str(error) == f"cannot do it: {message}"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (CLIENT, "TaskDefinition not found."),
        (INVALID, "The target group does not have an associated load balancer."),
        ("ClusterNotFoundException", "Cluster not found."),
    ],
)
def test_the_same_codes_with_other_words_are_for_a_person(code: str, message: str) -> None:
    error = answered(code, message)
    assert type(error) is RefusedError
    assert error.code == code


def test_the_status_of_http_tells_what_no_code_does() -> None:
    assert type(answered("Whatever", "It broke.", 500)) is RetryableError
    assert type(answered("Whatever", "It broke.", 503)) is RetryableError
    assert type(answered("Whatever", "Slow down.", 429)) is ThrottledError
    assert type(answered("AccessDeniedException", "not authorized", 403)) is AccessDeniedError
    assert type(answered("Whatever", "It is wrong.")) is RefusedError


def test_a_lost_connection_may_pass_and_a_wrong_request_may_not() -> None:
    assert type(raised(EndpointConnectionError(endpoint_url="https://ecs"))) is RetryableError
    assert type(raised(ParamValidationError(report="no cluster"))) is RefusedError
