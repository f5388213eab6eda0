"""nginx with the configuration of deploy/nginx/, in front of API processes of this machine."""

import os
import re
import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.settings import ROOT
from tests.support.services.processes import Child, running, wait_until
from tests.support.services.tls import write_certificate

CONFIGURATION = ROOT / "deploy/nginx/livelist.conf"
# Debian installs it where only root's PATH leads.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx on PATH (apt install nginx-light)")


@dataclass(frozen=True)
class Nginx:
    """A running nginx: `port` speaks TLS, or plain HTTP; `redirect_port` sends to https."""

    port: int
    redirect_port: int
    process: Child
    tls: ssl.SSLContext


def local_configuration(
    folder: Path, upstreams: Sequence[int], port: int, redirect_port: int, *, has_tls: bool
) -> str:
    """Return deploy/nginx/livelist.conf with ports, names and certificate of a test, and no other change."""
    text = CONFIGURATION.read_text()
    for documented, actual in zip((8000, 8001), upstreams, strict=True):
        text = _replace(text, f"server 127.0.0.1:{documented} ", f"server 127.0.0.1:{actual} ")
    secure = " ssl http2" if has_tls else ""
    text = _replace(text, "    listen 443 ssl http2;", f"    listen 127.0.0.1:{port}{secure};")
    text = _replace(text, "    listen 80;", f"    listen 127.0.0.1:{redirect_port};")
    text = re.sub(r"    listen \[::\]:.+;\n", "", text)
    text = text.replace("server_name todo.example.org;", "server_name localhost;")
    return text.replace("/etc/letsencrypt/live/todo.example.org", str(folder))


def _replace(text: str, documented: str, actual: str) -> str:
    assert text.count(documented) == 1, f"{documented!r} is not in {CONFIGURATION} once"
    return text.replace(documented, actual)


@asynccontextmanager
async def running_nginx(
    folder: Path, upstreams: Sequence[int], ports: tuple[int, int], *, has_tls: bool = False
) -> AsyncIterator[Nginx]:
    """Yield nginx before these two API ports, listening on `ports`."""
    tls = write_configuration(folder, upstreams, ports, has_tls=has_tls)
    async with running("nginx", [*nginx_command(folder)]) as process:
        pid_file = folder / "nginx.pid"
        await wait_until(pid_file.exists, what="nginx with a pid file")
        yield Nginx(*ports, process, tls)


def nginx_command(folder: Path) -> list[str]:
    assert NGINX is not None
    return [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def write_configuration(
    folder: Path, upstreams: Sequence[int], ports: tuple[int, int], *, has_tls: bool
) -> ssl.SSLContext:
    """Write all that nginx needs into the folder; return a context that trusts its certificate."""
    folder.mkdir()
    tls = write_certificate(folder)
    site = local_configuration(folder, upstreams, *ports, has_tls=has_tls)
    (folder / "livelist.conf").write_text(site)
    (folder / "nginx.conf").write_text(_main_configuration(folder))
    return tls


def _main_configuration(folder: Path) -> str:
    # nginx gives up root by default, and could not read the folder of the test then.
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""{user} daemon off; worker_processes 1; pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 2048; }}
http {{ access_log off; {temporary} include {folder}/livelist.conf; }}
"""
