"""Caddy and Traefik: the configurations agree with the code; caddy checks its own where it is installed."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute

from api.http.input_checks import takes_file
from api.http.paths import API, PROBES
from api.main import ROUTERS
from realtime.limits import Limits
from shared.settings import ROOT

CADDYFILE = ROOT / "deploy/caddy/Caddyfile"
CADDY = CADDYFILE.read_text()
TRAEFIK: dict[str, Any] = yaml.safe_load((ROOT / "deploy/traefik/livelist.yml").read_text())
# SHUTDOWN_DELAY_SECONDS of the examples.
DELAY_SECONDS = 5


def caddy_value(name: str) -> str:
    (value,) = re.findall(rf"^\t+{name} (.+)$", CADDY, re.MULTILINE)
    return str(value)


def assert_only_files_are_larger(pattern: str) -> None:
    """Assert that the pattern finds the paths whose bodies the API reads as files, and no other."""
    routes = [route for router in ROUTERS for route in router.routes]
    paths = {f"{API}{route.path}" for route in routes if isinstance(route, APIRoute)}

    larger = {path for path in paths if takes_file(path)}
    assert larger == {path for path in paths if re.search(pattern, path)}
    assert len(larger) == 2


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text.removesuffix("s"))


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no caddy on PATH")
def test_caddy_accepts_its_file() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)]
    found = subprocess.run(command, capture_output=True, text=True)

    assert found.returncode == 0, found.stderr
    assert '"level":"warn"' not in found.stderr


def test_caddy_has_the_paths_and_limits_of_the_api() -> None:
    assert re.findall(r"^\t+max_size (.+)$", CADDY, re.MULTILINE) == ["1152MiB", "1MiB"]
    [of_files, of_others] = re.findall(r"path_regexp (.+)$", CADDY, re.MULTILINE)
    assert of_files == of_others
    assert_only_files_are_larger(of_files)
    assert caddy_value("health_uri") in PROBES
    # A stopping process is noticed, and idle connections to it are closed, before it closes them.
    assert seconds(caddy_value("health_interval")) < DELAY_SECONDS
    assert seconds(caddy_value("keepalive")) < DELAY_SECONDS
    # Nothing ends a socket that is silent between two pings.
    assert not re.search(
        r"^\t+(read_timeout|write_timeout|stream_timeout|encode)", CADDY, re.MULTILINE
    )
    # Otherwise what a client sends in X-Forwarded-For would be believed.
    assert not re.search(r"^\t+(trusted_proxies|header_up)", CADDY, re.MULTILINE)


def test_traefik_has_the_paths_and_limits_of_the_api() -> None:
    http = TRAEFIK["http"]
    balancer = http["services"]["livelist"]["loadBalancer"]
    timeouts = http["serversTransports"]["livelist"]["forwardingTimeouts"]
    router = http["routers"]["livelist"]

    assert router["service"] in http["services"]
    assert balancer["serversTransport"] in http["serversTransports"]
    assert balancer["healthCheck"]["path"] in PROBES
    assert seconds(balancer["healthCheck"]["interval"]) < DELAY_SECONDS
    assert seconds(timeouts["idleConnTimeout"]) < DELAY_SECONDS
    assert seconds(timeouts["responseHeaderTimeout"]) > Limits().heartbeat_seconds
    # `retry` repeats a POST, `buffering` holds event streams back.
    assert "middlewares" not in http
    assert "middlewares" not in router
