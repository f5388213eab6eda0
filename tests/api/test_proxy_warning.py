"""A proxy whose word on the client's address is not believed is named once in the log."""

import httpx
import pytest
from starlette.applications import Starlette

from api.http.client_address import client_address
from shared.settings import Settings
from tests.support.api_server import running_app
from tests.support.settings import changed_settings

PROXY = "192.0.2.7"


async def warnings_after(
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    *requests: dict[str, str],
    peer: str = PROXY,
) -> list[str]:
    """Send requests with these headers from `peer`; return the warnings of one process."""
    async with running_app(settings) as app:
        for headers in requests:
            await _get(app, peer, headers)
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "WARNING" and record.name == "api.http.client_address"
    ]


async def _get(app: Starlette, peer: str, headers: dict[str, str]) -> None:
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await client.get("/api/v1/site", headers=headers)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
async def test_an_untrusted_proxy_is_named_once_with_what_to_set(
    settings: Settings, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    headers = {name: "203.0.113.9"}

    warnings = await warnings_after(settings, caplog, {}, headers, headers, headers)

    assert warnings == [
        (
            f"{name} from {PROXY} is ignored. If that is your proxy, set TRUSTED_PROXIES={PROXY}: until then "
            "all its clients count as one address"
        )
    ]


async def test_the_value_to_set_keeps_the_proxies_that_are_trusted_already(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    other = changed_settings(settings, trusted_proxies="10.0.0.0/8,198.51.100.1")

    warnings = await warnings_after(other, caplog, {"X-Forwarded-For": "203.0.113.9"})

    assert f"set TRUSTED_PROXIES=10.0.0.0/8,198.51.100.1,{PROXY}:" in warnings[0]


async def test_a_trusted_proxy_that_sends_forwarded_alone_is_told_what_is_read(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    trusting = changed_settings(settings, trusted_proxies=PROXY)

    warnings = await warnings_after(trusting, caplog, *[{"Forwarded": "for=203.0.113.9"}] * 2)

    assert warnings == [
        (
            f"the proxy {PROXY} sends Forwarded, which is not read. Let it send X-Forwarded-For: until then "
            "all its clients count as one address"
        )
    ]


@pytest.mark.parametrize(
    "headers", [{}, {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "a", "Forwarded": "b"}]
)
async def test_a_trusted_proxy_is_no_reason_to_warn(
    settings: Settings, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    trusting = changed_settings(settings, trusted_proxies="192.0.2.0/24")

    assert await warnings_after(trusting, caplog, headers) == []


def test_a_trusted_proxy_may_arrive_at_a_socket_for_both_families() -> None:
    scope = {
        "client": ("::ffff:10.0.0.5", 1),
        "headers": [(b"x-forwarded-for", b"203.0.113.9")],
    }

    assert client_address(scope, ("10.0.0.0/8",)) == "203.0.113.9"
