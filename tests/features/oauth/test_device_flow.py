"""The device flow: a program waits, a user enters its code and decides, and guesses are bounded."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.actor import Actor
from shared.settings import Settings
from shared.tables.interop.oauth import OAuthDeviceCodeRow
from tests.support.api_server import client_of, running_app
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.features.oauth import (
    DEVICE_GRANT,
    SITE,
    Consent,
    Program,
    error_of,
    stop_clock,
)
from tests.support.settings import changed_settings

SECOND = timedelta(seconds=1)


async def _start(program: Program, **fields: str) -> dict[str, str]:
    answer = await program.send("device_authorization", client_id=program.client_id, **fields)
    assert answer.status_code == 200, answer.text
    started: dict[str, str] = answer.json()
    program.code = started["device_code"]
    return started


async def _poll(program: Program, **changed: str | None) -> tuple[int, str]:
    fields: dict[str, str | None] = {
        "grant_type": DEVICE_GRANT, "client_id": program.client_id, "device_code": program.code,
    }  # fmt: skip
    answer = await program.send("token", **fields | changed)
    if answer.status_code == 200:
        program.tokens = answer.json()
    return error_of(answer)


@pytest.fixture
def cli(builder: ListBuilder) -> Program:
    return Program(builder.client, "livelist-cli")


async def test_a_user_lets_the_command_line_in(
    builder: ListBuilder, consent: Consent, ana: Actor, cli: Program
) -> None:
    list_id = await builder.make_list({ana: OWNER}, name="Chosen")
    started = await _start(cli, scope="write")
    assert started["verification_uri"] == f"{SITE}/device"
    assert started["verification_uri_complete"].endswith(f"/device#code={started['user_code']}")
    assert await _poll(cli) == (400, "authorization_pending")

    typed = started["user_code"].lower().replace("-", " ")
    shown = await builder.request(ana, "POST", "/oauth/device-requests", {"user_code": typed})
    decision = {"user_code": typed, "decision": "allow", "scope": "read", "list_ids": [list_id]}
    decided = await builder.request(ana, "POST", "/oauth/device-decisions", decision)

    assert shown.json()["is_built_in"]
    assert shown.json()["is_your_address"]
    assert shown.json()["scope"] == "write"
    assert decided.status_code == 204
    assert await _poll(cli) == (200, "")
    assert cli.tokens["scope"] == "read"
    lists = (await cli.call()).json()["items"]
    assert [each["name"] for each in lists] == ["Chosen"]
    (application,) = await consent.applications()
    assert (application["name"], application["returns_to"]) == ("Livelist command line", "")
    # The code is used up on both sides.
    assert await _poll(cli) == (400, "invalid_grant")
    again = await builder.request(ana, "POST", "/oauth/device-decisions", decision)
    assert again.status_code == 404


async def test_a_denied_program_gets_nothing(
    builder: ListBuilder, consent: Consent, ana: Actor, cli: Program
) -> None:
    started = await _start(cli)
    decision = {"user_code": started["user_code"], "decision": "deny"}

    answer = await builder.request(ana, "POST", "/oauth/device-decisions", decision)

    assert answer.status_code == 204
    assert await _poll(cli) == (400, "access_denied")
    assert await consent.applications() == []


async def test_a_program_that_asks_too_often_slows_down(builder: ListBuilder, cli: Program) -> None:
    clock = stop_clock(builder.served)
    await _start(cli)
    outcomes = []
    for seconds in (0, 4, 9, 10, 14):
        clock.advance(seconds * SECOND)
        outcomes.append((await _poll(cli))[1])

    waiting, slower = "authorization_pending", "slow_down"
    # After the second poll the interval is 10 s, after the third 15 s.
    assert outcomes == [waiting, slower, slower, slower, slower]
    clock.advance(600 * SECOND)
    assert await _poll(cli) == (400, "expired_token")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "0" * 26}, (401, "invalid_client")),
        ({"device_code": "lld_" + "x" * 43}, (400, "invalid_grant")),
        ({"device_code": None}, (400, "invalid_request")),
        ({"resource": f"{SITE}/mcp"}, (400, "invalid_target")),
        ({"resource": "https://other.example"}, (400, "invalid_target")),
    ],
)
async def test_a_device_code_is_for_its_program_alone(
    cli: Program, changed: dict[str, str | None], error: tuple[int, str]
) -> None:
    await _start(cli)

    assert await _poll(cli, **changed) == error


async def test_another_program_does_not_use_the_code(consent: Consent, cli: Program) -> None:
    await _start(cli)
    other = await consent.register()
    other.code = cli.code

    assert await _poll(other) == (400, "invalid_grant")


@pytest.mark.parametrize("fields", [{"scope": "all"}, {"resource": "https://other.example"}])
async def test_a_wrong_device_request_is_refused(cli: Program, fields: dict[str, str]) -> None:
    answer = await cli.send("device_authorization", client_id="livelist-cli", **fields)

    assert answer.status_code == 400


async def test_the_database_holds_no_code(builder: ListBuilder, cli: Program) -> None:
    started = await _start(cli)

    async with builder.served.begin_read() as read:
        (row,) = (await read.connection.execute(select(OAuthDeviceCodeRow.__table__))).all()
    stored = str(row)
    assert started["device_code"] not in stored
    assert started["user_code"].replace("-", "") not in stored


async def test_guesses_of_user_codes_are_bounded(
    builder: ListBuilder, settings: Settings, ana: Actor, cli: Program
) -> None:
    limited = changed_settings(settings, rate_limits=True)
    async with running_app(limited) as app, client_of(app) as client:
        headers = builder.headers(ana)
        path = "/api/v1/oauth/device-requests"
        right = (await _start(Program(client, "livelist-cli")))["user_code"]
        for _ in range(30):
            # Right codes do not count.
            answer = await client.post(path, json={"user_code": right}, headers=headers)
            assert answer.status_code == 200
        guesses = [
            (await client.post(path, json={"user_code": "BBBBBBBB"}, headers=headers)).status_code
            for _ in range(21)
        ]

    assert guesses == [404] * 20 + [429]


async def test_of_two_polls_at_once_one_gets_tokens(
    builder: ListBuilder, consent: Consent, ana: Actor, cli: Program
) -> None:
    started = await _start(cli)
    decision = {"user_code": started["user_code"], "decision": "allow", "scope": "read"}
    decided = await builder.request(ana, "POST", "/oauth/device-decisions", decision)
    assert decided.status_code == 204

    answers = await asyncio.gather(_poll(cli), _poll(cli))

    assert sorted(status for status, _ in answers) == [200, 400]
    assert len(await consent.applications()) == 1
