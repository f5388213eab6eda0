"""What a password reset ends of what goes on without a session."""

from sqlalchemy import func, select

from shared.accounts import password_change
from shared.calendar_feeds.commands import FeedRequest, create_feed
from shared.contract.calendar_feeds import FeedContent
from shared.ids import ListId
from shared.inbound_mail.commands import create_address
from shared.lists.commands import create_list
from shared.resources import Resources
from shared.signed_links import Purpose
from shared.tables.interop.calendar_feeds import CalendarFeedRow
from shared.tables.interop.inbound_addresses import InboundAddressRow
from shared.tables.interop.oauth import OAuthGrantRow
from shared.tables.interop.webhooks import WebhookRow
from shared.webhooks.commands import NewWebhook, create_webhook
from tests.support.oauth_routes import insert_application
from tests.support.registration import PASSWORD, PHONE, Registrar
from tests.support.world_builder import World

ANA = "ana@example.com"
NEW_PASSWORD = "another orchard lamp"


async def test_a_reset_ends_feeds_addresses_webhooks_and_applications_and_a_changed_password_none(
    registrar: Registrar, resources: Resources, world: World
) -> None:
    ana = (await registrar.register_and_verify()).actor
    await insert_application(world, ana)
    async with resources.begin() as work:
        home = await create_list(work, ana, "Home")
    async with resources.begin() as work:
        await create_address(work, ana, ListId(home.id), "in.example.org")
    async with resources.begin() as work:
        await create_feed(
            work, ana, FeedRequest("Phone", None, FeedContent.TODOS, include_completed=False)
        )
        new = NewWebhook(name="Home", url="https://hooks.example/")
        await create_webhook(work, ana, None, new, resources.settings.secrets.signing_keys())

    async def counts() -> list[int | None]:
        async with resources.begin_read() as read:
            enabled = WebhookRow.disabled_at.is_(None)
            return [
                await read.connection.scalar(select(func.count()).select_from(table).where(*where))
                for table, where in (
                    (CalendarFeedRow, ()), (InboundAddressRow, ()), (OAuthGrantRow, ()),
                    (WebhookRow, ()),
                    (WebhookRow, (enabled,)),
                )
            ]  # fmt: skip

    await password_change.change_password(resources, ana, PASSWORD, NEW_PASSWORD)
    after_change = await counts()
    await password_change.forgot_password(resources, ANA, PHONE)
    link = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
    await password_change.reset_password(resources, link, "a third orchard lamp", PHONE)

    assert after_change == [1, 1, 1, 1, 1]
    assert await counts() == [0, 0, 0, 1, 0]
