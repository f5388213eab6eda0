"""Headers, request ids, logs and metrics of every answer, and answers to unhandled errors."""

import logging

import httpx
import pytest
from prometheus_client import REGISTRY

from api.main import create_app
from shared.errors import Invalid
from shared.languages.texts import translator
from shared.logs import JsonFormatter, request_id
from shared.settings import Settings
from shared.todos.rules.repeat_rule import parse_rule
from tests.support.api_server import client_of
from tests.support.settings import STRONG_SECRET, changed_settings, production_settings


def request_log(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    logger = "api.http.middleware.request_middleware"
    return [record for record in caplog.records if record.name == logger]


async def test_a_valid_request_id_of_the_caller_is_returned(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"x-request-id": "trace-1.a_B"})

    assert answer.headers.get_list("x-request-id") == ["trace-1.a_B"]


@pytest.mark.parametrize("given", ["", "a b", "a\u00e4", "a" * 65, "a\tb", "<script>", "a;b"])
async def test_a_request_id_that_could_forge_a_log_line_is_replaced(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await client.get("/health/live", headers={b"x-request-id": given.encode("latin-1")})

    (generated,) = answer.headers.get_list("x-request-id")
    assert generated != given
    assert len(generated) == 26


async def test_the_request_id_is_reset_after_the_request(client: httpx.AsyncClient) -> None:
    await client.get("/health/live", headers={"x-request-id": "trace-2"})

    assert request_id.get() == ""


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/nothing", "/health/live", "/api/v1/bug", "/web/nothing.js", "/%00"]
)
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert "geolocation=()" in headers["permissions-policy"]
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "server" not in headers


async def test_answers_of_the_api_are_not_cached(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/echo")

    assert answer.headers["cache-control"] == "no-store"


async def test_hsts_is_sent_only_over_https(settings: Settings) -> None:
    secure = changed_settings(settings, public_url="https://todo.example.org")

    async with client_of(create_app(settings)) as plain:
        assert "strict-transport-security" not in (await plain.get("/health/live")).headers
    async with client_of(create_app(secure)) as client:
        headers = (await client.get("/health/live")).headers
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "wss://todo.example.org" in headers["content-security-policy"]


async def test_an_unhandled_error_is_a_500_with_the_request_id_and_no_details(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/api/v1/bug", headers={"x-request-id": "trace-3"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == "trace-3"
    assert "secret" not in answer.text
    (record,) = [record for record in caplog.records if record.exc_info]
    assert "a bug with a secret in it" in JsonFormatter().format(record)


async def test_the_log_line_of_a_request_has_no_query_and_no_credential(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    await client.get("/api/v1/echo?word=canary", headers={"authorization": "Bearer canary"})

    (record,) = request_log(caplog)
    line = JsonFormatter().format(record)
    assert record.getMessage() == "GET /api/v1/echo 200"
    assert '"client":"127.0.0.1"' in line
    assert "canary" not in line


async def test_a_path_cannot_forge_a_log_line(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    await client.get("/api/v1/things/a%0AERROR%20forged")

    assert "a\\nERROR forged" in caplog.text


async def test_health_probes_are_not_logged_at_info_level(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    await client.get("/health/live")

    assert request_log(caplog) == []


async def test_requests_are_counted_by_route_not_by_path(client: httpx.AsyncClient) -> None:
    def count(route: str, status: str = "200") -> float:
        labels = {"method": "GET", "route": route, "status": status}
        return REGISTRY.get_sample_value("livelist_http_requests_total", labels) or 0.0

    before = count("/api/v1/things/{thing_id}"), count("none", "404")

    await client.get("/api/v1/things/one")
    await client.get("/api/v1/things/two")
    await client.get("/api/v1/nothing-of-the-kind")

    assert count("/api/v1/things/{thing_id}") == before[0] + 2
    assert count("none", "404") == before[1] + 1
    assert count("/api/v1/things/one") == 0


async def test_large_answers_are_compressed_and_small_ones_are_not(
    client: httpx.AsyncClient,
) -> None:
    large = await client.get("/api/v1/much?size=1000")
    small = await client.get("/api/v1/much?size=10")
    plain = await client.get("/api/v1/much?size=1000", headers={"accept-encoding": "identity"})

    assert large.headers["content-encoding"] == "gzip"
    assert large.json() == plain.json()
    assert "content-encoding" not in small.headers
    assert "content-encoding" not in plain.headers


async def test_server_timing_is_sent_in_development_only(settings: Settings) -> None:
    production = production_settings(
        settings.data_dir, public_url="https://localhost", secret_key=STRONG_SECRET
    )

    async with client_of(create_app(settings)) as client:
        assert (await client.get("/health/live")).headers["server-timing"].startswith("total;dur=")
    async with client_of(create_app(production)) as client:
        assert "server-timing" not in (await client.get("/health/live")).headers


async def test_the_documentation_is_hidden_in_production(settings: Settings) -> None:
    production = production_settings(
        settings.data_dir, public_url="https://localhost", secret_key=STRONG_SECRET
    )

    async with client_of(create_app(production)) as client:
        for path in ("/docs", "/openapi.json", "/docs/start.js", "/redoc"):
            assert (await client.get(path)).status_code == 404, path


async def test_a_problem_is_said_in_the_language_that_the_client_accepts(
    client: httpx.AsyncClient,
) -> None:
    path = "/api/v1/users/me"
    german = await client.get(path, headers={"accept-language": "de-AT,de;q=0.9"})
    english = await client.get(path)

    assert (german.json()["title"], german.json()["detail"]) == ("Anmelden", "Melde dich dafür an.")
    assert (german.headers["content-language"], german.json()["code"]) == ("de", "unauthenticated")
    assert "Accept-Language" in german.headers["vary"]
    assert english.json()["detail"] == "Sign in to do this."
    assert "content-language" not in english.headers


def test_errors_of_a_rule_are_translated() -> None:
    with pytest.raises(Invalid) as refused:
        parse_rule("FREQ=DAILY;INTERVAL=0")

    [field] = refused.value.errors
    assert field.message == "INTERVAL must be a number from 1 to 999."
    assert translator("de").of(field.message) == "INTERVAL muss eine Zahl von 1 bis 999 sein."
