"""A container image as the sandbox builds it: files, a configuration and the digest of both. Pure."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"

DEFAULT_PAGE = b"""<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body><h1>Welcome to nginx!</h1></body>
</html>
"""
DEFAULT_SERVER = b"""server {
    listen       80;
    server_name  localhost;
    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
"""


@dataclass(frozen=True, slots=True)
class Image:
    """What a container of this image starts with.

    files: absolute POSIX path → content.
    settings: the image configuration's `config` member (Cmd, Entrypoint, Env, ExposedPorts, Healthcheck).
    """

    files: Mapping[str, bytes]
    settings: Mapping[str, Any]

    @property
    def config(self) -> bytes:
        """The OCI image configuration; the same for the same content, whenever it was built."""
        layers = {"type": "layers", "diff_ids": [_digest(self.layer)]}
        return _json({"architecture": "amd64", "os": "linux", "config": self.settings, "rootfs": layers})

    @property
    def layer(self) -> bytes:
        """All files in one tar, without owners and times."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path, content in sorted(self.files.items()):
                member = tarfile.TarInfo(path.lstrip("/"))
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return out.getvalue()

    @property
    def manifest(self) -> bytes:
        """The OCI image manifest, which is what a registry keeps under a tag."""
        return _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": _descriptor(CONFIG_TYPE, self.config),
                "layers": [_descriptor(LAYER_TYPE, self.layer)],
            }
        )

    @property
    def digest(self) -> str:
        """The image digest: `sha256:` of the manifest."""
        return _digest(self.manifest)


NGINX = Image(
    files={
        "/usr/share/nginx/html/index.html": DEFAULT_PAGE,
        "/etc/nginx/conf.d/default.conf": DEFAULT_SERVER,
    },
    settings={
        "Cmd": ["nginx", "-g", "daemon off;"],
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "ExposedPorts": {"80/tcp": {}},
        "StopSignal": "SIGQUIT",
    },
)
BASES: Mapping[str, Image] = {"nginx": NGINX}
"""The base images the sandbox knows, by repository name; any tag of them is the same."""


def find_base(reference: str) -> Image | None:
    """The base image behind a public reference: `nginx`, `nginx:1.27`, `public.ecr.aws/nginx/nginx:1`."""
    repository = reference.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return BASES.get(repository)


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
