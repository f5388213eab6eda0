"""deploy/nginx/livelist.conf: nginx accepts it, and requests arrive as the API expects them."""

import asyncio
import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from api.http.http_protocol import HEAD_SECONDS
from api.http.input_checks import MAX_BODY_BYTES
from realtime.limits import Limits
from tests.deploy.test_other_proxies import assert_only_files_are_larger
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.api_nodes import free_port
from tests.support.services.nginx import (
    CONFIGURATION,
    needs_nginx,
    nginx_command,
    running_nginx,
    write_configuration,
)

TEXT = CONFIGURATION.read_text()


def seconds(directive: str) -> int:
    (value,) = re.findall(rf"^ +{directive} (\d+)s;", TEXT, re.MULTILINE)
    return int(value)


@asynccontextmanager
async def echo_server() -> AsyncIterator[int]:
    """Yield the port of a server that answers with the head of the request."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = str(len(head)).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: " + size)
        writer.write(b"\r\n\r\n" + head)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def test_its_limits_are_those_of_the_api() -> None:
    limits = Limits()

    assert re.findall(r"client_max_body_size (\w+);", TEXT) == ["1m", "1152m"]
    (of_files,) = re.findall(r"location ~ (\S+) {", TEXT)
    assert_only_files_are_larger(of_files)
    assert MAX_BODY_BYTES == 1024 * 1024
    assert seconds("client_header_timeout") == HEAD_SECONDS
    # The first address is not believed; each is written anew.
    assert "$proxy_add_x_forwarded_for" not in TEXT
    silent_seconds = limits.heartbeat_seconds + limits.pong_seconds
    assert seconds("proxy_read_timeout") > silent_seconds
    assert seconds("proxy_send_timeout") > silent_seconds
    assert seconds("keepalive_timeout") < 5, "SHUTDOWN_DELAY_SECONDS of the example"
    assert TEXT.count("max_fails=0;") == 2


@needs_nginx
def test_nginx_accepts_it(tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    write_configuration(folder, (8000, 8001), (free_port(), free_port()), has_tls=True)

    found = subprocess.run([*nginx_command(folder), "-t"], capture_output=True, text=True)

    assert found.returncode == 0, found.stderr
    # nginx 1.25.1 and newer warn of this form; older ones do not have the new one.
    warnings = [line for line in found.stderr.splitlines() if "[warn]" in line]
    assert [
        line for line in warnings if '"listen ... http2" directive is deprecated' not in line
    ] == []


@needs_nginx
async def test_requests_arrive_with_headers_that_the_client_cannot_forge(tmp_path: Path) -> None:
    forged = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=192.0.2.1",
    }
    async with (
        echo_server() as port,
        running_nginx(
            tmp_path / "nginx", (port, port), (free_port(), free_port()), has_tls=True
        ) as nginx,
        httpx.AsyncClient(verify=nginx.tls, trust_env=False, timeout=DEADLINE_SECONDS) as http,
    ):
        url = f"https://localhost:{nginx.port}"
        heads = [
            (await http.post(f"{url}/api/v1/todos", headers=forged | more)).text.lower()
            for more in ({}, {"Idempotency-Key": "1"})
        ]
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
        socket_head = (await http.get(f"{url}/ws", headers=upgrade)).text.lower()
        too_large = await http.post(f"{url}/api/v1/todos", content=b"x" * (MAX_BODY_BYTES + 1))
        redirect = await http.get(f"http://localhost:{nginx.redirect_port}/lists?a=1")
        protocol = await _negotiated(nginx.port, nginx.tls)

    for head in heads:
        assert head.startswith("post /api/v1/todos http/1.1\r\n")
        assert "x-forwarded-for: 127.0.0.1\r\n" in head
        assert "x-forwarded-proto: https\r\n" in head
        assert "x-forwarded-host: localhost\r\n" in head
        assert "\r\nforwarded:" not in head
        assert "192.0.2.1" not in head
        # Neither `close` nor `upgrade`: the connection to the API stays open.
        assert "\r\nconnection:" not in head
    assert "idempotency-key: 1\r\n" in heads[1]
    assert "upgrade: websocket\r\n" in socket_head
    assert "connection: upgrade\r\n" in socket_head
    assert too_large.status_code == 413
    assert redirect.headers["location"] == "https://localhost/lists?a=1"
    assert protocol == "h2"


async def _negotiated(port: int, tls: ssl.SSLContext) -> str | None:
    """Return the protocol that the server chooses from those that a browser offers."""
    tls.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection("localhost", port, ssl=tls)
    found = writer.get_extra_info("ssl_object").selected_alpn_protocol()
    writer.close()
    return str(found) if found else None
