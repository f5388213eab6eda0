"""`./livelist demo` adds example data once, and only to accounts that it created."""

import pytest

from console.commands import demo
from shared.accounts.authentication.sign_in import sign_in
from shared.resources import Resources
from tests.support.console.command_runner import CommandRunner
from tests.support.registration import LAPTOP, Registrar, tokens_of

COMMAND = demo


async def test_the_demo_is_added_once(
    run: CommandRunner, resources: Resources, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run() == 0
    assert await run() == 0

    assert capsys.readouterr().out.count("The demo is there already.") == 1
    ben = tokens_of(await sign_in(resources, "ben@example.com", demo.PASSWORD, LAPTOP))
    assert ben.actor.name == "Ben Okafor"


async def test_the_demo_prints_no_password_for_an_account_that_is_not_its_own(
    run: CommandRunner, registrar: Registrar, capsys: pytest.CaptureFixture[str]
) -> None:
    await registrar.register("ben@example.com")

    assert await run() == 1

    output = capsys.readouterr()
    assert "ben@example.com has an account here" in output.err
    assert demo.PASSWORD not in output.out
