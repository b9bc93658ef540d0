"""CloudTrail's word on calls to ECS: who changed which service, other than we. Pure.

A hint that comes minutes late, or never where no trail is kept; the full sweep finds what it misses.
"""

from __future__ import annotations

from typing import Final

from ecs_gitops.events.reading import NAME, name, reading, within
from ecs_gitops.model.desired import Document
from ecs_gitops.model.messages import Cause, Wake
from ecs_gitops.model.names import ServiceKey

CHANGED_OUTSIDE: Final = "ChangedOutside"
_SCALING: Final = "ecs.application-autoscaling.amazonaws.com"
_KINDS: Final = ("service", "service-deployment", "service-revision")


def changed_outside(event: Document, own_role: str) -> Wake | None:
    """Whom a call recorded by CloudTrail asks to look at; the cause's detail names call and caller.

    own_role: ARN of the role whose calls are ours. None for those, for Application Auto Scaling's, for
    calls that only read or that failed, and for calls about no service.
    """
    if event.get("detail-type") != "AWS API Call via CloudTrail" or event.get("source") != "aws.ecs":
        return None
    with reading(f"event {str(event.get('id'))[:NAME]} of CloudTrail"):
        return _found(event, within(event.get("detail")), own_role)


def _found(event: Document, detail: Document, own_role: str) -> Wake | None:
    if detail.get("readOnly") or detail.get("errorCode") or not _is_foreign(detail, own_role):
        return None
    key = _service(detail)
    if key is None:
        return None
    what = f"{detail.get('eventName', 'a call')} by {_caller(detail)}"
    return Wake(key, Cause(CHANGED_OUTSIDE, name(event, "id"), detail=what[:NAME]))


def _is_foreign(detail: Document, own_role: str) -> bool:
    issuer = _role(detail)
    if detail.get("userIdentity", {}).get("invokedBy") == _SCALING or f"/{_SCALING}/" in issuer:
        return False
    return not issuer or issuer != own_role


def _role(detail: Document) -> str:
    session = detail.get("userIdentity", {}).get("sessionContext") or {}
    return str((session.get("sessionIssuer") or {}).get("arn", ""))


def _caller(detail: Document) -> str:
    """`assumed-role/Admin/alice`, `user/bob`, `root`, or the AWS service that called."""
    identity = detail.get("userIdentity", {})
    name = str(identity.get("arn", "")).partition("::")[2].partition(":")[2]
    return name or str(identity.get("invokedBy") or identity.get("type") or "somebody")


def _service(detail: Document) -> ServiceKey | None:
    """From the answer's ARN where there is one, else from what was asked; by name or by ARN."""
    asked, answered = detail.get("requestParameters") or {}, detail.get("responseElements") or {}
    arns = [
        (answered.get("service") or {}).get("serviceArn"),
        *(asked.get(member) for member in ("service", "resourceArn", "serviceDeploymentArn")),
    ]
    for arn in arns:
        if (key := _of_arn(str(arn or ""))) is not None:
            return key
    named = asked.get("service") or asked.get("serviceName")
    cluster = str(asked.get("cluster") or "default").rpartition("/")[2]
    return ServiceKey(cluster, str(named)) if named and "/" not in str(named) else None


def _of_arn(arn: str) -> ServiceKey | None:
    kind, *names = arn.rpartition(":")[2].split("/")
    return ServiceKey(names[0], names[1]) if kind in _KINDS and len(names) >= 2 else None
