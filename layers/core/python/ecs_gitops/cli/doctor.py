"""`ecs-gitops doctor`: what is missing for the install to work as it should, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import typer
from rich.text import Text

from ecs_gitops.aws import account
from ecs_gitops.aws.checkup import Checkup
from ecs_gitops.cli import exits, install, options
from ecs_gitops.cli.console import out
from ecs_gitops.cli.view import as_json
from ecs_gitops.model.errors import GitOpsError
from ecs_gitops.runtime.bootstrap import Controller
from ecs_gitops.status import doctor
from ecs_gitops.status.doctor import Facts, Line

HELP = "What is missing for the install to work as it should, and what to do about it; changes nothing."
EXAMPLES = "Examples:  `ecs-gitops doctor`  ·  `ecs-gitops doctor -o json`"
_STYLE = {True: ("ok      ", "green"), False: ("problem ", "bold red"), None: ("unknown ", "yellow")}


def run(
    output: options.As = options.Output.TEXT,
    stack: options.Stack = options.STACK,
    region: options.Region = None,
    profile: options.Profile = None,
) -> None:
    """Exit 3 when there is a problem."""
    controller = install.get(stack, region, profile)
    session = account.session(region, profile)
    where = controller.settings.install.region
    checkup = Checkup(lambda service: session.create_client(service, region_name=where), stack)
    lines = list(_look(controller, checkup, controller.clock()))
    if output is options.Output.JSON:
        out().print(as_json(lines), markup=False)
    else:
        for line in lines:
            out().print(_shown(line))
    if not doctor.is_well(lines):
        raise typer.Exit(exits.DEGRADED)


def _look(controller: Controller, checkup: Checkup, now: float) -> Iterable[Line]:
    facts = checkup.facts(now)
    yield doctor.check_outputs(facts)
    yield doctor.check_mode(facts)
    yield from doctor.check_rules(facts)
    yield from doctor.check_queues(facts)
    yield from _try("trail", lambda: [doctor.check_trail(checkup.is_logging())])
    yield from _try("sweep", lambda: _source(controller, facts, now))
    yield from _try("services", lambda: _services(controller, facts))


def _try(what: str, look: Callable[[], list[Line]]) -> list[Line]:
    """Whoever asks may lack a right that the install has."""
    try:
        return look()
    except GitOpsError as error:
        return [Line(what, None, str(error))]


def _source(controller: Controller, facts: Facts, now: float) -> list[Line]:
    source = controller.table.source(controller.settings.source_id)
    interval = int(facts.parameters.get("FullSweepInterval") or controller.settings.full_sweep_interval)
    return [doctor.check_sweep(source.swept_at, interval, now), *doctor.check_source(source)]


def _services(controller: Controller, facts: Facts) -> list[Line]:
    pairs = list(controller.table.all())
    keys = [record.key for desired, record in pairs if desired and desired.in_scope]
    services = controller.ecs.describe(keys)
    return [*doctor.check_services(pairs, services), *doctor.check_roles(pairs, facts)]


def _shown(line: Line) -> Text:
    word, style = _STYLE[line.ok]
    shown = Text.assemble((word, style), f"{line.what:<14}{line.message}")
    return shown.append(f"\n{'':<22}→ {line.todo}") if line.todo else shown
