"""Images packed from folders: what is in them, what they are known by, and what is refused."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from sandbox.services.ecr.dockerfile import DockerfileError
from sandbox.services.ecr.image import NGINX
from sandbox.services.ecr.registry import Store, pack

HTML = "/usr/share/nginx/html"
HANDS_ON = "FROM nginx\n\nCOPY index.html /usr/share/nginx/html/\n"


def a_folder(at: Path, dockerfile: str, **files: str) -> Path:
    """A build context; `index_html="…"` makes index.html, `conf__default_conf` conf/default.conf."""
    at.mkdir(exist_ok=True)
    (at / "Dockerfile").write_text(dockerfile)
    for name, content in files.items():
        *folders, last = name.split("__")
        stem, _, ending = last.rpartition("_")
        path = at.joinpath(*folders, f"{stem}.{ending}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return at


def test_the_hands_on_image_is_nginx_with_our_page(tmp_path: Path) -> None:
    image = pack(a_folder(tmp_path, HANDS_ON, index_html="one"))
    assert image.files == {**NGINX.files, f"{HTML}/index.html": b"one"}
    assert image.settings == NGINX.settings


def test_the_folder_of_this_repository_packs() -> None:
    image = pack(Path(__file__).parents[3] / "nginx")
    assert b"version 1" in image.files[f"{HTML}/index.html"]


def test_one_content_is_one_digest_and_another_content_another(tmp_path: Path) -> None:
    one = pack(a_folder(tmp_path / "a", HANDS_ON, index_html="one"))
    same = pack(a_folder(tmp_path / "b", "# a comment\n" + HANDS_ON, index_html="one"))
    other = pack(a_folder(tmp_path / "c", HANDS_ON, index_html="two"))
    assert one.digest == same.digest != other.digest


def test_a_digest_is_the_sha256_of_the_manifest_and_the_manifest_names_true_digests(tmp_path: Path) -> None:
    image = pack(a_folder(tmp_path, HANDS_ON, index_html="one"))
    manifest = json.loads(image.manifest)
    assert image.digest == "sha256:" + hashlib.sha256(image.manifest).hexdigest()
    assert manifest["config"]["digest"] == "sha256:" + hashlib.sha256(image.config).hexdigest()
    assert manifest["layers"][0]["digest"] == "sha256:" + hashlib.sha256(image.layer).hexdigest()
    with tarfile.open(fileobj=io.BytesIO(image.layer)) as layer:
        assert sorted(layer.getnames()) == sorted(path.lstrip("/") for path in image.files)


def test_every_known_instruction_reaches_the_configuration(tmp_path: Path) -> None:
    dockerfile = """
        FROM public.ecr.aws/nginx/nginx:1.27
        # the second port is for metrics
        EXPOSE 8080 9113/tcp
        ENV MODE=prod \\
            GREETING="hello there"
        HEALTHCHECK --interval=10s --retries=2 CMD curl -f http://localhost/ || exit 1
        ENTRYPOINT ["/docker-entrypoint.sh"]
        CMD nginx -g 'daemon off;'
    """
    settings = pack(a_folder(tmp_path, dockerfile)).settings
    assert settings == {
        "Cmd": ["/bin/sh", "-c", "nginx -g 'daemon off;'"],
        "Entrypoint": ["/docker-entrypoint.sh"],
        "Env": [*NGINX.settings["Env"], "MODE=prod", "GREETING=hello there"],
        "ExposedPorts": {"80/tcp": {}, "8080/tcp": {}, "9113/tcp": {}},
        "Healthcheck": {
            "Test": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
            "Interval": 10_000_000_000,
            "Retries": 2,
        },
        "StopSignal": "SIGQUIT",
    }


def test_files_and_folders_are_copied_where_docker_would_copy_them(tmp_path: Path) -> None:
    lines = (
        "FROM nginx",
        "COPY conf /etc/nginx/conf.d/",
        "COPY index.html /srv/page.html",
        "COPY index.html about.html /usr/share/nginx/html",
        'COPY ["*.txt", "/texts/"]',
    )
    folder = a_folder(
        tmp_path,
        "\n".join(lines),
        conf__extra_conf="server {}",
        index_html="i",
        about_html="a",
        notes_txt="n",
    )
    added = {
        path: content for path, content in pack(folder).files.items() if NGINX.files.get(path) != content
    }
    assert added == {
        "/etc/nginx/conf.d/extra.conf": b"server {}",
        "/srv/page.html": b"i",
        f"{HTML}/index.html": b"i",
        f"{HTML}/about.html": b"a",
        "/texts/notes.txt": b"n",
    }


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("FROM nginx\n\nRUN apt-get update", ":3: the sandbox does not run RUN; it knows FROM, COPY"),
        ("FROM nginx\nCOPY \\\n  missing.html \\\n  /srv/", ":2: COPY missing.html: no such file"),
        ("FROM nginx\nCOPY ../secret /srv/", ":2: ../secret is outside the build context"),
        ("FROM nginx\nCOPY --from=0 a b", ":2: the sandbox does not know COPY --from"),
        ("FROM postgres:16", ":1: the sandbox has no base image 'postgres:16'; it knows nginx"),
        ("FROM nginx AS build", ":1: the sandbox has no base image 'nginx AS build'"),
        ("FROM nginx\nFROM nginx", ":2: the sandbox builds one stage: a second FROM"),
        ("COPY a b", ":1: COPY before FROM"),
        ("# nothing", ":1: there is no FROM"),
        ("FROM nginx\nEXPOSE http", ":2: EXPOSE http: expected a port"),
        ("FROM nginx\nCMD [nginx]", ":2: [nginx]: expected a JSON list of strings"),
        ("FROM nginx\nHEALTHCHECK curl localhost", ":2: expected HEALTHCHECK [OPTIONS] CMD … or NONE"),
        ("FROM nginx\nHEALTHCHECK --interval=fast CMD true", ":2: fast: expected a duration, as 30s"),
    ],
)
def test_what_cannot_be_built_is_refused_with_its_line(tmp_path: Path, dockerfile: str, said: str) -> None:
    folder = a_folder(tmp_path, dockerfile)
    with pytest.raises(DockerfileError) as refusal:
        pack(folder)
    assert str(refusal.value).startswith(f"{folder / 'Dockerfile'}{said}")


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, HANDS_ON)
    (folder / "index.html").symlink_to("/etc/hostname")
    with pytest.raises(DockerfileError, match=r":3: index\.html is a symbolic link"):
        pack(folder)


def test_a_stored_image_is_found_by_its_digest_and_no_other(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    image = pack(a_folder(tmp_path / "nginx", HANDS_ON, index_html="one"))
    place = store.put(image)
    assert store.put(image) == place == store.find(image.digest)
    assert (place / "rootfs/usr/share/nginx/html/index.html").read_text() == "one"
    assert json.loads((place / "config.json").read_text()) == dict(image.settings)
    assert store.find("sha256:" + "0" * 64) is None


def test_a_base_image_is_pulled_by_its_public_name_and_unknown_ones_are_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    place = store.resolve("nginx:1.27")
    assert place is not None
    assert (place / "rootfs/usr/share/nginx/html/index.html").read_bytes() == NGINX.files[
        f"{HTML}/index.html"
    ]
    assert store.resolve("postgres:16") is None
