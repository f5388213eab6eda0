"""`livelist login` without a token: the user allows the program in a browser."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from livelist_client import (
    Client,
    NotSignedIn,
    OAuthCredentials,
    OAuthRefused,
    OAuthSite,
    OAuthTokens,
)
from livelist_client.oauth import DeviceCode
from shared.accounts.oauth.device import decide_device
from shared.contract.interop.oauth import DeviceDecision
from tests.clients.python.conftest import Account
from tests.support.clients.command_line import Terminal, command
from tests.support.services.processes import running

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def decide(account: Account, user_code: str, *, allow: bool = True) -> None:
    """Decide as the page does after the user has entered the code."""
    decision = DeviceDecision.model_validate(
        {"user_code": user_code, "decision": "allow" if allow else "deny"}
    )
    keys = account.resources.settings.secrets.signing_keys()
    async with account.resources.begin() as work:
        await decide_device(work, keys, account.actor, decision)


async def tokens_of(account: Account, site: OAuthSite) -> OAuthTokens:
    code = await site.begin()
    await decide(account, code.user_code)
    return await site.wait_for_user(code, without_pause)


async def without_pause(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_the_command_signs_in_by_device_flow_and_renews_its_token(
    account: Account, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path)
    arguments = command("login", account.server.url)
    async with running("login", arguments, terminal.environment) as child:
        line = await child.wait_for_line("enter the code")
        code = re.search(r"enter the code (\S+)", line)
        assert code is not None
        await decide(account, code[1])
        assert await child.wait() == 0, child.log
    config = tmp_path / "config/livelist/config.json"
    first = json.loads(config.read_text())
    assert (await terminal.run("lists")).code == 0

    config.write_text(json.dumps(first | {"token": "llt_expired"}))
    assert (await terminal.run("lists")).code == 0
    renewed = json.loads(config.read_text())
    assert first["refresh_token"] != renewed["refresh_token"]

    assert (await terminal.run("logout")).code == 0
    async with Client(account.server.url, renewed["token"]) as client:
        with pytest.raises(NotSignedIn):
            await client.lists.all()


async def test_a_denied_program_is_told_in_one_sentence(account: Account) -> None:
    site = OAuthSite(account.server.url)
    code = await site.begin()
    await decide(account, code.user_code, allow=False)

    with pytest.raises(OAuthRefused) as caught:
        await site.wait_for_user(code, without_pause)

    assert caught.value.code == "access_denied"


async def test_a_program_that_is_told_to_slow_down_waits_longer(account: Account) -> None:
    site = OAuthSite(account.server.url)
    code = await site.begin()
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            await decide(account, code.user_code)

    await site.wait_for_user(code, pause)

    # The first is in time, the second too early.
    assert pauses == [5.0, 5.0, 10.0]


async def test_a_code_that_nobody_enters_ends(account: Account) -> None:
    with pytest.raises(OAuthRefused) as caught:
        expired = DeviceCode("x", "x", "", "", expires_in=0, interval=0)
        await OAuthSite(account.server.url).wait_for_user(expired)

    assert caught.value.code == "expired_token"


async def test_requests_that_are_refused_together_renew_once(account: Account) -> None:
    site = OAuthSite(account.server.url)
    tokens = await tokens_of(account, site)
    kept: list[OAuthTokens] = []
    credentials = OAuthCredentials(
        site, OAuthTokens("llt_expired", tokens.refresh_token), kept.append
    )
    async with Client(account.server.url, credentials=credentials) as client:
        await asyncio.gather(*(client.lists.all() for _ in range(5)))

    assert len(kept) == 1
    assert credentials.token == kept[0].access_token


async def test_a_disconnected_program_must_sign_in_again(account: Account) -> None:
    site = OAuthSite(account.server.url)
    tokens = await tokens_of(account, site)
    await site.revoke(tokens.refresh_token)
    credentials = OAuthCredentials(site, tokens, lambda tokens: None)
    async with Client(account.server.url, credentials=credentials) as client:
        with pytest.raises(NotSignedIn):
            await client.lists.all()
