"""What becomes of the credentials, links and exports of an account that is to be deleted."""

from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select, update

from shared.accounts.personal_data.deletion import keep_account, request_deletion
from shared.accounts.personal_data.leaving import Leaving
from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId, new_id
from shared.resources import Resources
from shared.tables.accounts import ApiTokenRow, ExternalIdentityRow
from shared.tables.jobs import JobRow
from shared.tables.passkeys import PasskeyRow
from shared.tables.personal_data import AccountDeletionRow, DataExportChunkRow, DataExportRow
from shared.tables.share_links import GuestRow, ShareLinkRow
from tests.support.api_tokens import InsertedToken, insert_api_token
from tests.support.features.passkeys import insert_passkey
from tests.support.personal_data import Exporter
from tests.support.services.smtp import SmtpServer
from tests.support.share_links import MadeGuest, MadeLink, make_guest, make_link
from tests.support.worker.table_rows import column_values, count_rows, insert_rows, run_chore
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World

LISTS = "/api/v1/lists"


@dataclass(frozen=True)
class Leaver:
    """Ana, who made a link to a list of Ben's, which a guest uses, and whose export waits for a worker."""

    actor: Actor
    exporter: Exporter
    token: InsertedToken
    link: MadeLink
    guest: MadeGuest
    shared: ListId
    resources: Resources

    async def reach(self) -> dict[str, int]:
        """Return what the token and the guest get."""
        answers = {}
        for name, headers in (("token", self.token.headers), ("guest", self.guest.headers)):
            answer = await self.exporter.client.get(f"{LISTS}/{self.shared}", headers=headers)
            answers[name] = answer.status_code
        return answers

    async def leave(self) -> None:
        async with self.resources.begin() as work:
            await request_deletion(work, self.actor, 7)

    async def keep(self) -> None:
        async with self.resources.begin() as work:
            await keep_account(work, Leaving(self.actor, work.now, work.now))


@pytest.fixture
async def leaver(client: httpx.AsyncClient, resources: Resources, world: World) -> Leaver:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    shared = await world.list(ben, (ana, Role.OWNER), name="Shared")
    link = await make_link(resources, ana, shared)
    guest = await make_guest(resources, link)
    await insert_passkey(resources, ana)
    identity = {
        "id": new_id(),
        "user_id": ana.user_id,
        "issuer": "https://id.example",
        "subject": "1",
    }
    await insert_rows(
        resources, ExternalIdentityRow, identity | {"created_at": resources.clock.now()}
    )
    token = await insert_api_token(resources, ana)
    exporter = Exporter(client, resources, ana)
    await exporter.request()
    return Leaver(ana, exporter, token, link, guest, shared, resources)


async def _export_jobs(resources: Resources) -> list[str]:
    async with resources.begin_read() as read:
        states = select(JobRow.state).where(JobRow.kind == "export_data")
        return list(await read.connection.scalars(states))


async def test_during_the_grace_everything_rests_and_the_guests_leave(
    leaver: Leaver, worker: WorkerHarness, smtp: SmtpServer, resources: Resources
) -> None:
    await leaver.leave()
    at_once = await leaver.reach()
    for _ in range(3):
        await worker.run_once()

    assert at_once == {"token": 401, "guest": 401}
    assert await count_rows(resources, GuestRow) == 0
    # The mail about the deletion, and none about the export.
    assert [mail.subject for mail in await smtp.wait_for(1)] == ["A change to your account"]
    for table in (ApiTokenRow, PasskeyRow, ExternalIdentityRow, ShareLinkRow, DataExportRow):
        assert await count_rows(resources, table) == 1, table


async def test_a_kept_account_has_its_credentials_its_link_and_its_export(
    leaver: Leaver, worker: WorkerHarness, resources: Resources, world: World
) -> None:
    await leaver.leave()
    for _ in range(3):
        await worker.run_once()
    await leaver.keep()

    # The guest opens the link again.
    assert await leaver.reach() == {"token": 200, "guest": 401}
    assert (await make_guest(resources, leaver.link)).actor.user_id
    laptop = Exporter(leaver.exporter.client, resources, await world.another_session(leaver.actor))
    assert (await laptop.document())["account_id"] == leaver.actor.user_id


async def test_after_the_grace_nothing_of_it_is_left_and_a_running_export_ends(
    leaver: Leaver, worker: WorkerHarness, resources: Resources
) -> None:
    await leaver.leave()
    async with resources.begin() as work:
        await work.connection.execute(update(AccountDeletionRow).values(delete_at=work.now))
    await run_chore(resources, "leaving_accounts")
    for _ in range(3):
        await worker.run_once()

    assert await leaver.reach() == {"token": 401, "guest": 401}
    for table in (
        ApiTokenRow, PasskeyRow, ExternalIdentityRow, DataExportRow, DataExportChunkRow, GuestRow,
    ):  # fmt: skip
        assert await count_rows(resources, table) == 0, table
    # Nobody is admitted by it, and the owners see for a month that it was there.
    assert None not in await column_values(resources, ShareLinkRow.revoked_at)
    assert await _export_jobs(resources) == ["cancelled"]
