"""The part of the ELBv2 API that moto leaves still: targets have a health that changes, and drain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import moto.elbv2.urls
from moto.elbv2.exceptions import TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeHealthStatus, FakeListener, elbv2_backends

from sandbox.services.elb.targets import Settings, Target, Targets

ROUTING = (
    "create_listener",
    "modify_listener",
    "delete_listener",
    "create_rule",
    "modify_rule",
    "delete_rule",
    "set_rule_priorities",
    "delete_load_balancer",
    "delete_target_group",
)  # what changes where requests go, by API or by CloudFormation


def extension(targets: Targets, changed: Callable[[], None]) -> type[ELBv2Backend]:
    """What to install as `elbv2_backends.backend`; `changed` is called when routing changed."""
    told = {name: _telling(getattr(ELBv2Backend, name), changed) for name in ROUTING}
    return type("SandboxElb", (Elb,), {**told, "targets": targets})


class Elb(ELBv2Backend):
    """moto's load balancers with our target health."""

    _url_module = moto.elbv2.urls
    targets: ClassVar[Targets]

    def register_targets(self, target_group_arn: str, instances: Sequence[Mapping[str, Any]]) -> None:
        """A target that a person registers has no process behind it that we know of: it never answers."""
        for target in self._named(target_group_arn, instances):
            self.targets.register(target)

    def deregister_targets(self, target_group_arn: str, instances: Sequence[Mapping[str, Any]]) -> None:
        for target in self._named(target_group_arn, instances):
            self.targets.deregister(target)

    def describe_target_health(
        self, target_group_arn: str, targets: Sequence[Mapping[str, Any]]
    ) -> list[FakeHealthStatus]:
        named = list(self._named(target_group_arn, targets))
        if not targets:
            named = [entry.target for entry in self.targets.registered(target_group_arn)]
        return [self._described(target) for target in named]

    def _described(self, target: Target) -> FakeHealthStatus:
        health = self.targets.health(target)
        check_port = self.target_groups[target.group].health_check_port
        shown = str(target.port) if check_port == "traffic-port" else check_port
        return FakeHealthStatus(
            target.id, str(target.port), shown, health.state, health.reason, health.description
        )

    def _named(self, group_arn: str, targets: Sequence[Mapping[str, Any]]) -> Iterator[Target]:
        group = self.target_groups.get(group_arn)
        if group is None:
            raise TargetGroupNotFoundError()
        return (Target(group_arn, each["Id"], int(each.get("Port") or group.port)) for each in targets)


def settings_of(group_arn: str) -> Settings | None:
    """A target group's settings as moto holds them; None when there is no such group."""
    backend = backend_of(group_arn)
    group = backend.target_groups.get(group_arn)
    if group is None:
        return None
    return Settings(
        path=group.health_check_path or "/",
        codes=(getattr(group, "matcher", None) or {}).get("HttpCode", "200"),
        interval=float(group.health_check_interval_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
        drain=float(group.attributes["deregistration_delay.timeout_seconds"]),
        in_use=group_arn in set(groups_in_use(backend)),
    )


def backend_of(arn: str) -> ELBv2Backend:
    """moto's backend for the account and Region that an ARN names."""
    _, _, _, region, account, _ = arn.split(":", 5)
    return elbv2_backends[account][region]


def groups_in_use(backend: ELBv2Backend) -> Iterator[str]:
    """The ARNs of the target groups that some listener or rule forwards to."""
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for action in (*listener.default_actions, *rule_actions(listener)):
                yield from (arn for arn, _ in forwards(action.data))


def rule_actions(listener: FakeListener) -> Iterator[FakeAction]:
    """The actions of a listener's rules, its default action apart."""
    return (action for rule in listener.rules.values() if not rule.is_default for action in rule.actions)


def forwards(action: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The target groups of a forward action with their weights; none for any other action."""
    if action.get("Type") != "forward":
        return []
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups")
    if not groups:
        return [(action["TargetGroupArn"], 1)]
    return [(group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups]


def _telling(method: Callable[..., Any], changed: Callable[[], None]) -> Callable[..., Any]:
    def told(self: ELBv2Backend, *args: Any, **kwargs: Any) -> Any:
        answer = method(self, *args, **kwargs)
        changed()
        return answer

    return told
