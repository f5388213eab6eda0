"""What is pushed reaches its device, and it alone, and says nothing its person may not read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, update

from shared import vapid
from shared.accounts.sessions import revoke_other_sessions, sign_out
from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.notifications import NotificationKind
from shared.contract.shapes import Role
from shared.ids import ListId, TodoId, new_p256_key
from shared.members.commands import remove_member
from shared.members.invitations import invite_member, withdraw_invitation
from shared.notifications.commands import edit_preferences, mark_read
from shared.notifications.subscriptions import subscribe
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.jobs import JobRow
from shared.tables.members import InvitationRow
from shared.tables.notifications import PushSubscriptionRow
from shared.todos.commands import create_todo
from shared.todos.rules import NewTodo, Spot
from shared.todos.trash import delete_todo
from tests.services.push_service import Browser, PushService
from tests.services.smtp import SmtpServer
from tests.worker.scene import Bench, Scene
from tests.world import World
from worker import push_sender


@pytest_asyncio.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"push_to_private_addresses": True})


@pytest_asyncio.fixture
async def bench(resources: Resources, settings: Settings) -> AsyncIterator[Bench]:
    opened = Bench(resources, settings)
    yield opened
    await opened.pushes.close()


@pytest.fixture
async def home(world: World) -> tuple[Actor, Actor, ListId]:
    """Ana, Ben, and the list of his that she is in."""
    ana, ben = await world.person("Ana"), await world.person("Ben")
    return ana, ben, await world.list(ben, (ana, Role.EDITOR), name="House move")


async def _subscribe(world: World, person: Actor, service: PushService, key: str) -> Browser:
    browser = service.browser()
    await world.do(subscribe, person, browser.subscribed, key)
    return browser


async def _assign(world: World, by: Actor, home: ListId, whom: Actor) -> TodoId:
    new = NewTodo("Book the movers", assignees=(whom.user_id,))
    return TodoId((await world.do(create_todo, by, home, new, Spot())).id)


async def _push_jobs(resources: Resources) -> list[Any]:
    async with resources.begin_read() as read:
        rows = await read.connection.execute(
            select(JobRow.id, JobRow.state, JobRow.attempts, JobRow.unsure, JobRow.last_error)
            .where(JobRow.kind == "send_push")
            .order_by(JobRow.id)
        )
        return list(rows)


async def test_a_notification_is_shown_on_every_device_of_its_person_and_on_nobody_elses(
    world: World,
    bench: Bench,
    service: PushService,
    settings: Settings,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    key = bench.pushes.public_key
    phone = await _subscribe(world, ana, service, key)
    laptop = await _subscribe(world, await world.another_session(ana), service, key)
    bens = await _subscribe(world, ben, service, key)
    todo = await _assign(world, ben, list_id, ana)

    for _ in range(2):
        await bench.round()

    assert len(service.received) == 2
    at = {f"{service.origin}{one.path}": one for one in service.received}
    shown = [orjson.loads(one.open(at[one.endpoint].body)) for one in (phone, laptop)]
    assert shown[0] == shown[1]
    assert shown[0] | {"id": ""} == {
        "id": "",
        "title": "Ben assigned you “Book the movers”",
        "body": "House move",
        "link": f"http://localhost:8000/lists/{list_id}?todo={todo}",
    }
    with pytest.raises(InvalidTag):
        bens.open(at[phone.endpoint].body)
    assert b"movers" not in at[phone.endpoint].body


async def test_the_service_is_told_who_sends_how_long_it_keeps_and_no_more(
    world: World,
    bench: Bench,
    service: PushService,
    settings: Settings,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    await _assign(world, ben, list_id, ana)

    await bench.round()

    [push] = service.received
    claims = push.claims()
    now = bench.resources.clock.now().timestamp()
    assert claims["key"] == vapid.public_key(settings.push_key())
    assert claims["aud"] == service.origin
    assert claims["sub"] == "mailto:livelist@example.com"
    assert now < claims["exp"] <= now + 24 * 3600
    known = {name: push.headers[name] for name in ("content-encoding", "ttl", "urgency")}
    assert known == {"content-encoding": "aes128gcm", "ttl": "86400", "urgency": "normal"}
    assert len(push.headers["topic"]) <= 32
    assert len(push.body) <= 4096


async def test_a_reminder_is_pushed_at_once_and_mailed_too(
    world: World, scene: Scene, bench: Bench, service: PushService, smtp: SmtpServer
) -> None:
    ana = await world.person("Ana")
    phone = await _subscribe(world, ana, service, bench.pushes.public_key)
    list_id = await scene.make_list(ana)
    todo = await scene.todo(list_id, title="Call the plumber " + "🪠" * 400)
    await scene.reminder(todo, ana.user_id, scene.now - timedelta(seconds=1))

    for _ in range(2):
        await bench.round()

    [push] = service.received
    shown = orjson.loads(phone.open(push.body))
    assert shown["title"].startswith("Call the plumber 🪠")
    assert (len(shown["title"]), shown["title"][-1]) == (200, "…")
    assert shown["body"] == "Reminder · Groceries"
    assert (push.headers["urgency"], push.headers["ttl"]) == ("high", "14400")
    assert len(smtp.received) == 1


Change = Callable[[World, Actor, Actor, ListId, TodoId], Awaitable[object]]


async def _she_read_it(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    await world.do(mark_read, ana, through="z" * 26)


async def _she_was_removed(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    await world.do(remove_member, ben, home, ana.user_id)


async def _it_was_deleted(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    await world.do(delete_todo, ben, todo)


async def _she_wants_none(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    wish = {NotificationKind.ASSIGNED: {"push": False}}
    await world.do(edit_preferences, ana, ana.user_id, wish)


async def _she_signed_out(world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId) -> None:
    await world.do(sign_out, ana)


async def _she_signed_it_out_from_afar(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    await world.do(revoke_other_sessions, await world.another_session(ana))


async def _she_was_disabled(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    async with world.resources.begin_work() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ana.user_id).values(status="disabled")
        )


async def _the_operator_changed_the_key(
    world: World, ana: Actor, ben: Actor, home: ListId, todo: TodoId
) -> None:
    async with world.resources.begin_work() as work:
        other = vapid.public_key(new_p256_key())
        await work.connection.execute(update(PushSubscriptionRow).values(server_key=other))


@pytest.mark.parametrize(
    "change",
    [
        _she_read_it, _she_was_removed, _it_was_deleted, _she_wants_none, _she_signed_out,
        _she_signed_it_out_from_afar, _she_was_disabled, _the_operator_changed_the_key,
    ],
)  # fmt: skip
async def test_what_is_not_theirs_to_be_told_any_more_is_not_pushed(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    change: Change,
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    todo = await _assign(world, ben, list_id, ana)

    await change(world, ana, ben, list_id, todo)
    await bench.round()

    assert service.received == []
    assert [one.state for one in await _push_jobs(resources)] == ["cancelled"]


async def test_a_device_that_was_signed_out_is_not_even_thought_of(
    world: World,
    service: PushService,
    bench: Bench,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    await world.do(sign_out, ana)

    await _assign(world, ben, list_id, ana)

    assert await _push_jobs(resources) == []


async def test_an_invitation_names_no_list_and_one_withdrawn_is_not_pushed(
    world: World, bench: Bench, service: PushService, home: tuple[Actor, Actor, ListId]
) -> None:
    _, ben, list_id = home
    eve, fay = await world.person("Eve"), await world.person("Fay")
    phone = await _subscribe(world, eve, service, bench.pushes.public_key)
    await _subscribe(world, fay, service, bench.pushes.public_key)
    await world.do(invite_member, ben, list_id, await world.email_of(eve), Role.VIEWER)
    await world.do(invite_member, ben, list_id, await world.email_of(fay), Role.VIEWER)
    async with world.resources.begin_read() as read:
        email = await world.email_of(fay)
        found = select(InvitationRow.id).where(InvitationRow.email == email)
        fays = (await read.connection.execute(found)).scalar_one()
    await world.do(withdraw_invitation, ben, list_id, fays)

    await bench.round()

    [push] = service.received
    shown = orjson.loads(phone.open(push.body))
    assert (shown["title"], shown["body"]) == ("Ben invited you to a list", "")


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_its_browser_has_ended_is_forgotten(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    status: int,
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    service.answer(status)

    for _ in range(2):
        await _assign(world, ben, list_id, ana)
        await bench.round()

    assert len(service.received) == 1
    async with resources.begin_read() as read:
        left = select(func.count()).select_from(PushSubscriptionRow)
        assert await read.connection.scalar(left) == 0
    assert [one.state for one in await _push_jobs(resources)] == ["cancelled"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_service_that_is_busy_is_asked_again_with_the_same_topic(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    status: int,
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    await _assign(world, ben, list_id, ana)
    service.answer(status)

    for _ in range(2):
        await bench.round()

    first, second = service.received
    assert first.headers["topic"] == second.headers["topic"]
    assert [(one.state, one.attempts) for one in await _push_jobs(resources)] == [("done", 1)]


@pytest.mark.parametrize("status", [302, 400, 403, 413])
async def test_a_refusal_is_final_and_a_redirect_is_not_followed(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    status: int,
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    await _assign(world, ben, list_id, ana)
    service.answer(status, header=f"Location: {service.origin}/elsewhere\r\n")

    for _ in range(2):
        await bench.round()

    assert len(service.received) == 1
    [job] = await _push_jobs(resources)
    assert (job.state, job.last_error) == ("dead", f"the push service answered {status}")


async def test_a_service_that_says_nothing_holds_nobody_up_and_leaves_doubt(
    world: World,
    bench: Bench,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, ben, list_id = home
    monkeypatch.setattr(push_sender, "WHOLE_SECONDS", 0.5)
    await _subscribe(world, ana, service, bench.pushes.public_key)
    await _assign(world, ben, list_id, ana)
    service.say_nothing()

    for _ in range(4):
        await bench.round()

    [job] = await _push_jobs(resources)
    assert (job.state, job.unsure) == ("dead", 2)
    assert len(service.received) == 2


async def test_a_name_that_leads_into_this_network_is_not_called(
    world: World,
    settings: Settings,
    service: PushService,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    careful = Bench(resources, settings.model_copy(update={"push_to_private_addresses": False}))
    browser = service.browser()
    for host in ("localhost", "127.1", "127.0.0.1", "[::ffff:127.0.0.1]"):
        endpoint = f"https://{host}:{service.port}/{host}"
        known = type(browser.subscribed)(endpoint, browser.subscribed.p256dh, browser.subscribed.auth)
        await world.do(subscribe, ana, known, careful.pushes.public_key)
    await _assign(world, ben, list_id, ana)

    await careful.round()
    await careful.pushes.close()

    jobs = await _push_jobs(resources)
    said = {(one.state, one.last_error) for one in jobs}
    assert len(jobs) == 4
    assert said == {("dead", "the push service is not out on the internet")}
    assert service.connections == 0


async def test_many_pushes_to_one_service_share_connections(
    world: World, bench: Bench, service: PushService, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, ben, list_id = home
    await _subscribe(world, ana, service, bench.pushes.public_key)
    todo = await _assign(world, ben, list_id, ana)
    for number in range(20):
        await world.do(add_comment, ben, todo, f"@[{ana.user_id}] {number}")

    for _ in range(10):
        await bench.round()

    assert len(service.received) == 21
    assert service.connections <= push_sender.CONNECTIONS
