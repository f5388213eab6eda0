"""Which Host headers the server accepts, and pages of which origins may read its answers."""

import httpx
import pytest

from api.main import create_app
from shared.settings import Settings
from tests.support.api_server import client_of
from tests.support.openapi_document import DOCUMENT
from tests.support.settings import changed_settings

OTHER_ORIGIN = "https://app.example.net"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "[::1]"],
)
async def test_requests_for_this_machine_are_answered(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/v1/echo", headers={"host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.org", "localhost.example.org", "xlocalhost", "localhost@example.org", "", "[::2]",
        "localhost:port", "localhost, localhost", "127.0.0.1.example.org", "localhost/", "::1",
    ],
)  # fmt: skip
async def test_requests_for_another_host_are_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/api/v1/echo", headers={"host": host})

    assert answer.status_code == 400
    assert answer.json()["code"] == "unknown_host"


async def test_two_host_headers_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/api/v1/echo", headers=[("host", "localhost"), ("host", "localhost")]
    )

    assert answer.status_code == 400


async def test_health_probes_are_answered_for_any_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"host": "10.0.0.7:8000"})

    assert answer.status_code == 200


async def test_an_operator_may_name_hosts_and_sub_domains(settings: Settings) -> None:
    allowed = changed_settings(settings, allowed_hosts=("todo.example.org", "*.lan"))

    async with client_of(create_app(allowed)) as client:
        statuses = {
            host: (await client.get("/", headers={"host": host})).status_code != 400
            for host in ("todo.example.org", "box.lan", "lan", "evil-lan", "localhost")
        }

    assert statuses == {
        "todo.example.org": True, "box.lan": True, "lan": False, "evil-lan": False,
        "localhost": False,
    }  # fmt: skip


async def test_pages_of_other_origins_may_not_read_answers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/echo", headers={"origin": OTHER_ORIGIN})

    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_pages_of_allowed_origins_may_use_every_method(settings: Settings) -> None:
    app = create_app(changed_settings(settings, cors_origins=(OTHER_ORIGIN,)))
    methods = {method.upper() for path in DOCUMENT["paths"].values() for method in path}

    async with client_of(app) as client:
        preflights = {
            method: await client.options(
                "/api/v1/todos",
                headers={"origin": OTHER_ORIGIN, "access-control-request-method": method},
            )
            for method in methods
        }

    assert "PUT" in methods
    assert {method: it.status_code for method, it in preflights.items()} == dict.fromkeys(
        methods, 200
    )


async def test_pages_of_origins_that_the_operator_allows_may_read_answers(
    settings: Settings,
) -> None:
    allowed = changed_settings(settings, cors_origins=(OTHER_ORIGIN,))

    async with client_of(create_app(allowed)) as client:
        preflight = await client.options(
            "/api/v1/todos",
            headers={
                "origin": OTHER_ORIGIN,
                "access-control-request-method": "PATCH",
                # Those of the API, and of clients of MCP.
                "access-control-request-headers": "authorization, idempotency-key, if-match, "
                "mcp-protocol-version, mcp-method, mcp-name",
            },
        )
        answer = await client.get("/api/v1/nothing", headers={"origin": OTHER_ORIGIN})
        stranger = await client.get("/api/v1/nothing", headers={"origin": "https://evil.example"})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == OTHER_ORIGIN
    assert "access-control-allow-credentials" not in preflight.headers
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("Livelist-Seq", "ETag", "Retry-After", "WWW-Authenticate", "X-Request-ID"):
        assert name in exposed
    assert "access-control-allow-origin" not in stranger.headers
    assert OTHER_ORIGIN not in answer.headers["content-security-policy"]
