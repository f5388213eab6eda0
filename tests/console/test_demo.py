"""`./livelist demo`."""

import asyncio

import pytest

from console.commands import demo
from shared.accounts.authentication.sign_in import sign_in
from shared.resources import Resources
from shared.settings import Settings
from tests.support.registration import LAPTOP, Registrar


@pytest.fixture(autouse=True)
def use_test_settings(
    settings: Settings, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "load_settings", lambda: settings)


async def _run() -> int:
    """Run the command in a thread: it starts an event loop of its own."""
    return await asyncio.to_thread(demo.run, [])


async def test_the_demo_is_added_once(
    resources: Resources, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _run() == 0
    assert await _run() == 0

    assert capsys.readouterr().out.count("The demo is there already.") == 1
    ben = await sign_in(resources, "ben@example.com", demo.PASSWORD, LAPTOP)
    assert ben.actor.name == "Ben Okafor"


async def test_the_demo_prints_no_password_for_an_account_that_is_not_its_own(
    registrar: Registrar, capsys: pytest.CaptureFixture[str]
) -> None:
    await registrar.register("ben@example.com")

    assert await _run() == 1

    output = capsys.readouterr()
    assert "ben@example.com has an account here" in output.err
    assert demo.PASSWORD not in output.out
