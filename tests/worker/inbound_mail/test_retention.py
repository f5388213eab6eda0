"""How long stored mails are kept."""

from datetime import timedelta

from sqlalchemy import delete, update

from shared.actor import Actor
from shared.ids import ListId
from shared.resources import Resources
from shared.tables.interop.inbound_messages import InboundMessageRow
from tests.support.inbound_mail import SENDER, Mailboxes, message
from tests.support.worker.table_rows import run_chore
from tests.support.world_builder import World
from worker.inbound_mail.reception import Reception


async def test_a_mail_is_kept_for_a_week_and_longer_while_no_worker_has_read_it(
    resources: Resources, world: World, home: tuple[Actor, Actor, ListId]
) -> None:
    boxes = Mailboxes(world, resources)
    ana, _, list_id = home
    address = await boxes.address(ana, list_id)
    row = InboundMessageRow

    async def left(state: str, days: float) -> int:
        await Reception(resources).take(message(), SENDER, address)
        async with resources.begin() as work:
            values = {"state": state, "received_at": work.now - timedelta(days=days)}
            await work.connection.execute(update(row).values(values))
        await run_chore(resources, "inbound_messages")
        count = len(await boxes.messages())
        async with resources.begin() as work:
            await work.connection.execute(delete(row))
        return count

    assert [await left("done", days) for days in (6.9, 7.1)] == [1, 0]
    assert [await left("failed", days) for days in (6.9, 7.1)] == [1, 0]
    assert [await left("stored", days) for days in (7.1, 30.1)] == [1, 0]
