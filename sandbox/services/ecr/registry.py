"""A registry that holds images: packed from folders, kept by digest, announced when pushed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import moto.ecr.urls
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.models import Image as KeptImage

from sandbox.services.ecr.dockerfile import DockerfileError, pack
from sandbox.services.ecr.image import Image, find_base

__all__ = ["DockerfileError", "Store", "extension", "find_image", "pack", "push"]

REFERENCE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
Emit = Callable[[str, str, dict[str, Any], Sequence[str]], Any]
"""source, detail type, detail, resources"""


class Store:
    """Images laid out in folders by digest: `<digest>/rootfs/…` and `<digest>/config.json`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, image: Image) -> Path:
        """Lay an image out, if it is not there already."""
        folder = self._root / image.digest.replace(":", "-")
        if not folder.exists():
            self._root.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(dir=self._root))
            _lay_out(image, made)
            try:
                made.rename(folder)
            except OSError:  # another got there first, with the same content
                shutil.rmtree(made)
        return folder

    def find(self, digest: str) -> Path | None:
        """Where an image lies, by its digest."""
        folder = self._root / digest.replace(":", "-")
        return folder if folder.is_dir() else None

    def resolve(self, reference: str) -> Path | None:
        """The folder of the image a container definition names; None when it cannot be pulled.

        Public base images (`nginx:1.27`) are as their publisher made them.
        """
        if REFERENCE.fullmatch(reference):
            kept = find_image(reference)
            return self.find(kept.image_digest) if kept else None
        base = find_base(reference)
        return self.put(base) if base else None


def push(client: Any, store: Store, folder: Path, repository: str, tag: str) -> Image:
    """Pack a folder and put it under a tag, as `docker build` and `docker push` would."""
    image = pack(folder)
    store.put(image)
    client.put_image(repositoryName=repository, imageManifest=image.manifest.decode(), imageTag=tag)
    return image


def find_image(reference: str) -> KeptImage | None:
    """What ECR holds under `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@digest]`."""
    named = REFERENCE.fullmatch(reference)
    if named is None:
        return None
    backend = ecr_backends[named["account"]][named["region"]]
    repository = backend.repositories.get(named["repository"])
    for kept in repository.images if repository else ():
        if named["digest"]:
            if kept.image_digest == named["digest"]:
                return kept
        elif (named["tag"] or "latest") in kept.image_tags:
            return kept
    return None


def extension(emit: Emit) -> type[ECRBackend]:
    """What to install as `ecr_backends.backend`; `emit` sends an event to the bus."""
    return type("SandboxEcr", (Ecr,), {"emit": staticmethod(emit)})


class Ecr(ECRBackend):
    """moto's registry with true digests, and the event that a push makes."""

    _url_module = moto.ecr.urls
    emit: ClassVar[Emit]

    def put_image(
        self,
        repository_name: str,
        image_manifest: str,
        image_tag: str | None,
        image_manifest_mediatype: str | None = None,
        digest: str | None = None,
    ) -> KeptImage:
        """An image is known by the SHA-256 of its manifest, byte for byte."""
        self._get_repository(repository_name)  # refuses one that is not there
        true_digest = "sha256:" + hashlib.sha256(image_manifest.encode()).hexdigest()
        kept = super().put_image(
            repository_name, image_manifest, image_tag, image_manifest_mediatype, true_digest
        )
        type(self).emit("aws.ecr", "ECR Image Action", _pushed(kept, image_tag), [])
        return kept


def _pushed(kept: KeptImage, tag: str | None) -> dict[str, Any]:
    """The detail of the event, as AWS documents it; a push by digest has no tag."""
    config = json.loads(kept.image_manifest).get("config", {})
    detail = {
        "result": "SUCCESS",
        "repository-name": kept.repository_name,
        "image-digest": kept.image_digest,
        "action-type": "PUSH",
        "image-tag": tag,
        "manifest-media-type": kept.image_manifest_media_type,
        "artifact-media-type": config.get("mediaType"),
    }
    return {name: value for name, value in detail.items() if value}


def _lay_out(image: Image, folder: Path) -> None:
    for path, content in image.files.items():
        place = folder / "rootfs" / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "config.json").write_bytes(json.dumps(dict(image.settings)).encode())
