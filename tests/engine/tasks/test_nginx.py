"""What is read from an nginx configuration, and what nginx would not start with."""

from __future__ import annotations

import pytest

from sandbox.services.ecr.image import NGINX
from sandbox.tasks.nginx import EmergencyError, Location, Site, read_sites

PATH = "/etc/nginx/conf.d/default.conf"


def sites(text: str) -> tuple[Site, ...]:
    """The sites of one file."""
    return read_sites({PATH: text})


def test_the_images_own_configuration_serves_port_80_from_the_usual_folder() -> None:
    [site] = sites(NGINX.files[PATH].decode())
    assert site.ports == (80,)
    assert site.location("/docs/a.html") == Location("/", index=("index.html", "index.htm"))


def test_the_exact_location_is_taken_first_then_the_longest_prefix() -> None:
    text = """
        upstream php { server 127.0.0.1:9000; keepalive 8; }
        types { text/x-own own; }
        server {
            listen [::]:8080 default_server; listen 8080; listen 127.0.0.1:9090;
            root /srv;                            # for all of them
            location / { }
            location /api/ { return 503 "not yet; soon"; }
            location /api/docs/ { root /docs; index start.html; }
            location = /api/ { return 204; }
        }
    """
    [site] = sites(text)
    assert site.ports == (8080, 9090)
    assert site.location("/x") == Location("/", root="/srv")
    assert site.location("/api/x").answer == (503, "not yet; soon")
    assert site.location("/api/").answer == (204, "")
    assert site.location("/api/docs/x") == Location("/api/docs/", root="/docs", index=("start.html",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server {\n  lisen 80;\n}", 'unknown directive "lisen" in {}:2'),
        ("server {\n  listen 80\n  root\n  /srv;\n}}", 'unexpected "}" in {}:5'),
        ("server {\n  listen 80;\n", 'unexpected end of file, expecting "}" in {}:2'),
        ("server_tokens off", 'unexpected end of file, expecting ";" in {}:1'),
        ("server {\n  listen 80;;\n}", 'unexpected ";" in {}:2'),
        ("server { listen 80 }", 'unexpected "}" in {}:1'),
    ],
)
def test_what_nginx_does_not_start_with_is_said_in_its_words(text: str, said: str) -> None:
    with pytest.raises(EmergencyError) as refusal:
        sites(text)
    assert str(refusal.value) == said.replace("{}", PATH)


def test_an_empty_file_is_no_site() -> None:
    assert sites("# nothing\n") == ()
