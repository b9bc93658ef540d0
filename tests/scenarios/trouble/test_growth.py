"""What multiplies, or never ends, in a manifest or a cluster's defaults stops what it is about alone."""

from __future__ import annotations

from ecs_gitops.cli.view import status_line
from ecs_gitops.model.names import ServiceKey
from ecs_gitops.model.vocabulary import Reason
from tests.scenarios.stage import Stage, a_manifest, a_stage
from tests.scenarios.trouble.conftest import Trouble, line
from tests.scenarios.trouble.rows import row

PATH = "desired_state/handson/nginx.yaml"
DEFAULTS = "desired_state/handson/_defaults.yaml"
RUNNING = "nginx-task:1 (nginx:1), 2 of 2 running"
GROWING = "a manifest that grows without end, and references that never end"
TOO_LARGE = (
    "more than 1,000,000 characters up to here, files merged and references resolved; state less, or refer "
    "to shorter values."
)
COMMAND = "taskDefinition.containerDefinitions[0].command"


def begun(stage: Stage) -> str:
    """Two services run; the commit that brought them."""
    good = stage.push({"nginx": a_manifest("nginx:1"), "auth": a_manifest("auth:1", family="auth")})
    stage.until_rolled_out("nginx", "nginx:1")
    stage.until_rolled_out("auth", "auth:1")
    return good


@row(GROWING)
def test_a_manifest_that_refers_again_and_again_to_what_is_large(trouble: Trouble) -> None:
    texts = ", ".join(['"' + "${value:page}" * 40 + '"'] * 40)
    text = a_manifest("nginx:2").replace("memory:", f"command: [{texts}]\n      memory:")
    with a_stage() as stage:
        good = begun(stage)
        values = f"values: {{page: '{'x' * 6_000}'}}\n"
        stage.push({"nginx": text + values, "auth": a_manifest("auth:2", family="auth")})
        stage.until_told("nginx", Reason.INVALID_MANIFEST)
        stage.until_rolled_out("auth", "auth:2")
        told = (
            f"OutOfSync Healthy InvalidManifest: {PATH}:8:2113: {COMMAND}[4]: {TOO_LARGE} "
            f"Commit {good[:7]} stays in force until it is mended."
        )
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=["nginx:1 SUCCESSFUL"])


@row(GROWING)
def test_defaults_that_multiply_stop_the_services_of_their_cluster(trouble: Trouble) -> None:
    texts = ", ".join(['"${value:page}"'] * 400)
    defaults = (
        f"values: {{page: '{'x' * 9_000}'}}\n"
        f"taskDefinition: {{containerDefinitions: [{{name: nginx, command: [{texts}]}}]}}\n"
    )
    web = ServiceKey("two", "web")
    with a_stage() as stage:
        stage.world.client("ecs").create_cluster(clusterName="two")
        good = begun(stage)
        files = {DEFAULTS: defaults, "desired_state/two/web.yaml": a_manifest("web:1", family="web")}
        stage.repository.push(files, "Defaults for all")
        stays = f"Commit {good[:7]} stays in force until it is mended."
        fault = f"{DEFAULTS}:2:1918: {COMMAND}[109]: {TOO_LARGE}"
        for name in ("nginx", "auth"):
            status = stage.until_told(name, Reason.INVALID_MANIFEST)
            trouble.told(line(status), f"OutOfSync Healthy InvalidManifest: {fault} {stays}")
        trouble.stands(stage, RUNNING, ["nginx:1 SUCCESSFUL"])
        trouble.stands(stage, "auth:1 (auth:1), 2 of 2 running", ["auth:1 SUCCESSFUL"], "auth")

        def other() -> str:
            status = stage.controller.table.get(web)[1].status
            return status_line(web, status).plain if status else ""

        stage.until(lambda: "Synced Healthy" in other(), "the other cluster's service")
        stage.repository.push({DEFAULTS: None}, "None after all")
        stage.until_told("nginx", Reason.SYNCED)
        assert len(stage.deployments("nginx")) == 1
        stage.an_ordinary_push_works()


@row(GROWING)
def test_references_that_never_end_are_text_and_go_out(trouble: Trouble) -> None:
    page = "${a:x" * 3_000
    container = f'{{name: nginx, environment: [{{name: PAGE, value: "{page}"}}]}}'
    with a_stage() as stage:
        commit = stage.repository.push(
            {
                DEFAULTS: f"taskDefinition: {{containerDefinitions: [{container}]}}\n",
                PATH: a_manifest("nginx:1"),
            },
            "A page of them",
        )
        definition = stage.until_rolled_out("nginx", "nginx:1")
        assert definition is not None
        [container_sent] = stage.definition("nginx")["containerDefinitions"]
        assert container_sent["environment"] == [{"name": "PAGE", "value": page}]
        told = f"Synced Healthy: ECS runs commit {commit[:7]} as nginx-task:1: 2 of 2 tasks are running."
        trouble.ends(stage, told=told, ecs=RUNNING, deployments=["nginx:1 SUCCESSFUL"])
