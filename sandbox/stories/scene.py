"""The hands-on in a served world: network, the service's stack, controller, image, config repository."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sandbox.front.people import ADMIN
from sandbox.ground.processes import ROOT, clean_environment
from sandbox.services.ecr import registry
from sandbox.world.world import REGION, World

STACK = "ecs-gitops"
REPOSITORY = "gitops-config"
IMAGE = "ecs-handson/nginx"
CLUSTER, SERVICE = "handson", "nginx"
BRANCH = "main"


@dataclass(frozen=True, slots=True)
class Scene:
    """What was built, and how a person reaches it.

    site: the balancer's address; clone_url: the config repository's, credentials in it;
    exports: what the aws CLI and ecs-gitops need in their environment.
    """

    world: World
    site: str
    clone_url: str
    exports: Mapping[str, str]


def build(world: World, *, built: bool = False) -> Scene:
    """Make everything that the first push needs, as a person would: in three stacks.

    built: install the controller from what `sam build` made, not from the sources.
    """
    platform = world.deploy(ROOT / "platform" / "network.yaml", "platform", {"ClusterName": CLUSTER})
    world.deploy(
        ROOT / "platform" / "service.yaml",
        SERVICE,
        {
            "ServiceName": SERVICE,
            "RepositoryName": IMAGE,
            "VpcId": platform["VpcId"],
            "ListenerArn": platform["ListenerArn"],
            "HealthCheckIntervalSeconds": "5",
            "HealthCheckTimeoutSeconds": "2",
            "DeregistrationDelaySeconds": "10",
        },
    )
    world.repository(REPOSITORY)
    world.deploy(
        ROOT / ".aws-sam" / "build" / "template.yaml" if built else ROOT / "template.yaml",
        STACK,
        {
            "SourceUrl": world.clone_url(REPOSITORY),
            "Clusters": CLUSTER,
            "Mode": "apply",
            "PassableRoleArns": platform["TaskExecutionRoleArn"],
            "ReadableStacks": f"platform,{SERVICE}",
            "FullSweepInterval": "60",
        },
    )
    return Scene(
        world, world.balancer.url(platform["ListenerArn"]), _with_credentials(world), exports(world)
    )


def pack(world: World, folder: Path, tag: str) -> None:
    """`docker build` and `docker push`, of nginx's folder under a tag."""
    registry.push(world.client("ecr"), world.images, folder, IMAGE, tag)


def exports(world: World) -> dict[str, str]:
    """The environment in which any AWS client talks to this world alone."""
    return {
        "AWS_ENDPOINT_URL": world.url,
        "AWS_ACCESS_KEY_ID": ADMIN.access_key,
        "AWS_SECRET_ACCESS_KEY": ADMIN.secret_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_PAGER": "",
        "CONFIG_REPOSITORY": _with_credentials(world),
    }


def _with_credentials(world: World) -> str:
    scheme, _, rest = world.clone_url(REPOSITORY).partition("://")
    return f"{scheme}://{quote(ADMIN.access_key)}:{quote(ADMIN.secret_key)}@{rest}"


class Checkout:
    """A person's clone of the config repository, worked with by the real git."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.folder = folder
        self._git("clone", "--quiet", scene.clone_url, str(folder), at=folder.parent)
        self._git("checkout", "--quiet", "-B", BRANCH)

    def write(self, path: str, text: str) -> None:
        """Put a file into the working copy."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def push(self, message: str) -> str:
        """Commit everything and push it; the commit's id."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)
        self._git("push", "--quiet", "origin", BRANCH)
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *words: str, at: Path | None = None) -> str:
        """Run git with nobody's configuration. Raises RuntimeError with what git said."""
        person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        done = subprocess.run(
            ["git", *person, *words],
            cwd=at or self.folder,
            env=git_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"cannot git {words[0]}: {done.stderr.strip()}")
        return done.stdout


def git_environment() -> dict[str, str]:
    """No user's configuration, hooks, proxy or prompts."""
    nothing = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return {**clean_environment(), **nothing, "GIT_TERMINAL_PROMPT": "0", "HOME": tempfile.gettempdir()}


def copy_of(folder: Path, place: Path) -> Path:
    """A folder of the project's to change without changing the project."""
    return Path(shutil.copytree(folder, place))
