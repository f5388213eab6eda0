"""`./livelist admin`."""

import io
import json
from pathlib import Path

import pytest

from console.commands import admin
from shared.accounts.authentication.credentials import authenticate
from shared.accounts.authentication.sign_in import sign_in
from shared.accounts.personal_data.deletion import request_deletion
from shared.accounts.registration import verify_email
from shared.contract.shapes import SiteRole
from shared.errors import Forbidden, Invalid, Unauthenticated
from shared.resources import Resources
from shared.signed_links import Purpose
from tests.support.console.command_runner import CommandRunner
from tests.support.features.second_factors import user_with_app
from tests.support.features.sign_in import is_revoked
from tests.support.realtime.snapshots import read_lists_of_user
from tests.support.registration import LAPTOP, PASSWORD, Registrar, tokens_of
from tests.support.settings import plain_settings

COMMAND = admin

ADA, ANA = "ada@example.com", "ana@example.com"


@pytest.fixture
def typed_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))


async def test_a_created_admin_can_sign_in(
    run: CommandRunner,
    resources: Resources,
    typed_password: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await run("create-user", ADA, "--name", "Ada", "--role", "admin") == 0

    assert capsys.readouterr().out.startswith(f"{ADA}\tAda\tadmin\tactive\t")
    signed_in = tokens_of(await sign_in(resources, ADA, PASSWORD, LAPTOP))
    assert signed_in.actor.site_role is SiteRole.ADMIN
    async with resources.begin_read() as read:
        assert [
            each.is_inbox for each in await read_lists_of_user(read, signed_in.actor.user_id)
        ] == [True]


async def test_a_common_password_is_refused(
    run: CommandRunner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("password1\n"))

    assert await run("create-user", ADA) == 1

    assert "others would try" in capsys.readouterr().err


async def test_a_second_account_with_the_same_address_is_refused(
    run: CommandRunner,
    registrar: Registrar,
    typed_password: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await registrar.register_and_verify(ANA)

    assert await run("create-user", "ANA@example.com") == 1

    assert "already" in capsys.readouterr().err


async def test_accounts_are_promoted_disabled_and_enabled(
    run: CommandRunner, registrar: Registrar, resources: Resources
) -> None:
    ana = await registrar.register_and_verify(ANA)

    assert await run("set-role", ANA, "moderator") == 0
    assert (await registrar.account(ANA)).site_role == "moderator"

    assert await run("disable", ANA) == 0
    with pytest.raises(Unauthenticated):
        await authenticate(resources, ana.access_token)
    with pytest.raises(Forbidden):
        await sign_in(resources, ANA, PASSWORD, LAPTOP)

    assert await run("enable", ANA) == 0
    await sign_in(resources, ANA, PASSWORD, LAPTOP)


async def test_accounts_are_listed_and_filtered(
    run: CommandRunner, registrar: Registrar, capsys: pytest.CaptureFixture[str]
) -> None:
    await registrar.register_and_verify(ANA)
    await registrar.register("pending@example.com", name="Pen")

    assert await run("list-users") == 0
    all_accounts = capsys.readouterr().out.splitlines()
    assert await run("list-users", "--status", "pending", "--search", "PEN") == 0
    pending = capsys.readouterr().out.splitlines()

    assert len(all_accounts) == 2
    assert [line.split("\t")[0] for line in pending] == ["pending@example.com"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["disable", "nobody@example.com"], 1),
        (["create-user", "no address"], 1),
        (["set-role", ANA, "emperor"], 2),
        ([], 2),
        (["--help"], 0),
    ],
)
async def test_a_command_that_fails_prints_the_reason(
    run: CommandRunner, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(*arguments) == code

    shown = capsys.readouterr()
    assert shown.out + shown.err


async def test_a_database_that_is_not_migrated_is_reported_in_a_sentence(
    run: CommandRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.use_settings(plain_settings(tmp_path / "empty"))

    assert await run("list-users") == 1

    assert "./livelist migrate" in capsys.readouterr().err


async def test_an_invited_user_chooses_a_password_by_the_link(
    run: CommandRunner, resources: Resources, registrar: Registrar
) -> None:
    assert await run("create-user", ADA, "--invite", "--role", "admin") == 0

    token = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ADA)
    with pytest.raises(Invalid) as caught:
        await verify_email(resources, token, LAPTOP)
    await verify_email(resources, token, LAPTOP, password=PASSWORD)

    assert caught.value.reason == "password_required"
    signed_in = tokens_of(await sign_in(resources, ADA, PASSWORD, LAPTOP))
    assert signed_in.actor.site_role is SiteRole.ADMIN


async def test_an_account_that_will_be_deleted_is_enabled_only_on_purpose(
    run: CommandRunner,
    registrar: Registrar,
    resources: Resources,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ana = (await registrar.register_and_verify()).actor
    async with resources.begin() as work:
        delete_at = (await request_deletion(work, ana, 7)).delete_at
    assert delete_at is not None
    note = f"will be deleted on {delete_at:%Y-%m-%d}"

    listed = await run("list-users"), capsys.readouterr().out.rstrip().split("\t")[-1]
    refused = await run("enable", ANA), capsys.readouterr().err
    disabled = (await registrar.account()).status
    enabled = await run("enable", ANA, "--keep"), capsys.readouterr().out

    assert listed == (0, note)
    assert (refused[0], disabled) == (1, "disabled")
    assert delete_at.strftime("%Y-%m-%d") in refused[1]
    assert "--keep" in refused[1]
    assert enabled[0] == 0
    assert "active" in enabled[1]
    assert note not in enabled[1]
    (entry,) = await registrar.audit("account.deletion_stopped")
    assert (entry.actor_id, entry.user_id) == (None, ana.user_id)


async def test_second_factors_are_removed_for_a_user_who_lost_them(
    run: CommandRunner, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar, ANA)

    assert await run("reset-factors", ANA) == 0
    assert await run("reset-factors", ADA) == 1

    assert not (await registrar.account(ANA)).has_second_factor
    assert await is_revoked(resources, ana.tokens)
    (entry,) = await registrar.audit("second_factors.reset")
    assert entry.actor_id is None


async def test_a_password_reset_is_mailed_and_shown_to_no_operator(
    run: CommandRunner, registrar: Registrar, capsys: pytest.CaptureFixture[str]
) -> None:
    await registrar.register_and_verify()

    assert await run("reset-password", ANA) == 0
    assert await run("reset-password", ADA) == 1

    kinds = [kind for kind, _ in await registrar.jobs()]
    assert kinds.count("send_password_reset") == 1
    token = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
    assert token not in capsys.readouterr().out


async def test_a_user_is_exported_with_audit_and_deleted(
    run: CommandRunner, registrar: Registrar, capsys: pytest.CaptureFixture[str]
) -> None:
    user = (await registrar.register_and_verify()).actor

    assert await run("export-user", ANA) == 0
    exported = json.loads(capsys.readouterr().out)
    assert exported["format"] == "livelist-personal-data/1"
    assert exported["profile"][0]["email"] == ANA
    assert exported["lists"][0]["is_inbox"] is True
    assert len(exported["todos"]) == 3
    assert "account.verified" in {entry["action"] for entry in exported["audit"]}

    assert await run("delete-user", ANA) == 2
    assert await run("delete-user", ANA, "--yes") == 0
    assert await run("export-user", ANA) == 1
    capsys.readouterr()
    assert await run("audit", "--action", "account.deleted") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split("\t")[1:3] == ["account.deleted", user.user_id]
