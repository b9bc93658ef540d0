"""`make sandbox`: the hands-on's world with its first version running, and what to type to use it."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.ground.processes import ROOT
from sandbox.stories import scene
from sandbox.stories.scene import CLUSTER, IMAGE, SERVICE, Checkout
from sandbox.world.world import World

MANIFEST = f"desired_state/{CLUSTER}/{SERVICE}.yaml"
LIMIT = 1800.0


def build(world: World, speed: float, *, built: bool = False) -> Iterator[str]:
    """Make it, push the project's own manifest, wait for it to run; lines to show as they come."""
    yield "building a one-machine AWS: network, load balancer, cluster, the controller's own template"
    stage = scene.build(world, built=built)
    with tempfile.TemporaryDirectory(prefix="ecs-gitops-sandbox-") as folder:
        yield from _images(world, Path(folder))
        yield f"pushing {MANIFEST} to the config repository"
        checkout = Checkout(stage, Path(folder) / "config")
        checkout.write(MANIFEST, (ROOT / MANIFEST).read_text(encoding="utf-8"))
        checkout.push("Run nginx")
        world.until(lambda: _runs(world), LIMIT, "the first rollout")
    yield ""
    yield "In another terminal:"
    yield ""
    for name, value in stage.exports.items():
        yield f"export {name}={shlex.quote(value)}"
    yield "export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1; unset AWS_PROFILE AWS_SESSION_TOKEN"
    yield f'export PATH={shlex.quote(str(ROOT / ".venv" / "bin"))}:"$PATH"'
    yield ""
    yield f"the site        {stage.site}"
    yield f"the AWS APIs    {world.url}"
    yield f"images          {IMAGE}:1 and {IMAGE}:2 are pushed; the manifest runs :1"
    yield f"time            {speed:g} seconds of AWS pass in one of yours"
    yield ""
    yield "ctrl-C ends it; nothing is kept."


def _images(world: World, folder: Path) -> Iterator[str]:
    """Two versions of the page, so that there is something to roll to."""
    for tag in ("1", "2"):
        copy = scene.copy_of(ROOT / "nginx", folder / f"nginx-{tag}")
        page = copy / "index.html"
        page.write_text(
            page.read_text(encoding="utf-8").replace("version 1", f"version {tag}"), encoding="utf-8"
        )
        scene.pack(world, copy, tag)
        yield f"packed nginx/ as {IMAGE}:{tag}"


def _runs(world: World) -> bool:
    """The first deployment has completed."""
    described = world.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
    return any(each["rolloutState"] == "COMPLETED" for one in described for each in one["deployments"])
