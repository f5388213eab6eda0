"""When somebody may no longer listen: exactly there, and soon."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import update

from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.authentication import passwords
from shared.accounts.authentication.sessions import revoke_session
from shared.accounts.password_change import change_password
from shared.actor import Actor
from shared.clock import monotonic
from shared.contract.frames import Close
from shared.contract.shapes import SiteRole
from shared.event_log import RecordedEvent
from shared.ids import SessionId
from shared.resources import Resources, open_resources
from shared.tables.accounts import UserRow
from tests.support.api_server import ApiNode
from tests.support.faults.api_nodes import open_node, open_two_nodes
from tests.support.faults.expected_events import percentile, score
from tests.support.faults.recording_client import RecordingClient
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import a_list, remove_member, write_event

SOON_SECONDS, WITHOUT_BROKER_SECONDS = 0.25, 1.5
PAUSE_SECONDS = 0.12
PASSWORD = "quiet orchard lamp"


async def removal(env: ScenarioEnv) -> Outcome:
    """A removal races writes of two processes: everything before it is heard, nothing after it."""
    rounds = env.size(1000, 30)
    sockets = 10
    ana = await env.world.user("Ana")
    async with open_two_nodes(env) as nodes, open_resources(env.settings) as elsewhere:
        writers = [env.resources, elsewhere]

        async def race_on(number: int) -> Outcome:
            ben = await env.world.user("Ben")
            ear = RecordingClient(env.resources, ben)
            await ear.connect(nodes[number % 2].socket_url, subscribe=False)
            outcome = Outcome()
            for turn in range(rounds // sockets):
                # 20 frames a second are allowed, and a race says two.
                pause = asyncio.create_task(asyncio.sleep(PAUSE_SECONDS))
                outcome += await _race(writers, ear, ana, ben, in_order=bool(turn % 2))
                await pause
            ear.drop()
            return outcome

        results = await asyncio.gather(*map(race_on, range(sockets)))
    return sum(results, Outcome(note=f"{rounds} removals"))


async def _race(
    writers: Sequence[Resources], ear: RecordingClient, ana: Actor, ben: Actor, *, in_order: bool
) -> Outcome:
    """Returns what Ben heard of a list from which he was removed between writes."""
    assert ear.socket is not None
    list_id, epoch = await a_list(writers[0], ana, ben)
    ear.stand(list_id, epoch, 0)
    asked = ear.subscribe(list_id)
    if in_order:
        await ear.until(lambda: any(one.get("re") == asked for one in ear.told))
    *_, last = await asyncio.gather(
        *(write_event(writers[one % 2], list_id) for one in range(4)),
        remove_member(writers[in_order], list_id, ben),
    )
    await write_event(writers[1], list_id)

    def ends() -> list[str]:
        some = [one for one in ear.told if one.get("list") == list_id]
        return [one["type"] for one in some if one["type"] in ("unsubscribed", "error")]

    try:
        await ear.until(lambda: bool(ends()))
    except TimeoutError:
        words = f"heard {ear.heard[list_id]}, told {ear.told}, socket {ear.socket.ended}"
        raise AssertionError(f"removed at {last}, and not told: {words}") from None
    number = ear.socket.say("unsubscribe", lists=["end"])
    await ear.until(lambda: any(one.get("re") == number for one in ear.told))
    heard = ear.heard.pop(list_id)
    del ear.cursors[list_id]
    is_suppressed = ends() == ["error"]
    ear.told.clear()
    # Removed before the subscription was looked at: then nothing at all is heard.
    return score(heard, 0, 0 if is_suppressed else last)


@dataclass
class _Watch:
    """When each person's stream moved, in the process that writes: at the commit itself."""

    committed: dict[str, float]

    def hears(self, recorded: Sequence[RecordedEvent]) -> None:
        for one in recorded:
            self.committed.setdefault(one.stream, monotonic())


End = Callable[[ScenarioEnv, Actor, Actor], Awaitable[object]]


async def _by_revoking(env: ScenarioEnv, admin: Actor, ana: Actor) -> None:
    await env.world.do(revoke_session, ana, SessionId(ana.session_id))


async def _by_password(env: ScenarioEnv, admin: Actor, ana: Actor) -> None:
    """From another device: the session that changes the password stays."""
    hashed = await passwords.hash_password(PASSWORD)
    async with env.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ana.user_id).values(password_hash=hashed)
        )
    laptop = await env.world.another_session(ana)
    await change_password(env.resources, laptop, PASSWORD, "another quiet orchard")


async def _by_disabling(env: ScenarioEnv, admin: Actor, ana: Actor) -> None:
    await env.world.do(edit_user, admin, ana.user_id, AccountEdit(disabled=True))


async def _ended(
    env: ScenarioEnv, node: ApiNode, admin: Actor, end: End, bound: float, count: int
) -> Outcome:
    """Returns the tally of sockets that had to be closed, and how long the slowest took."""
    watch = _Watch({})
    env.resources.event_publisher.set_local_subscriber(watch.hears)
    late: list[float] = []
    for number in range(count):
        ana = await env.world.user(f"Ana {number}")
        ear = await RecordingClient(env.resources, ana).connect(node.socket_url, subscribe=False)
        assert ear.socket is not None
        await end(env, admin, ana)
        async with asyncio.timeout(10):
            code = await ear.socket.ended
        late.append(monotonic() - watch.committed[f"user:{ana.user_id}"])
        assert code == Close.REFUSED, f"closed with {code}"
    env.resources.event_publisher.set_local_subscriber(None)
    slow = percentile(late, 0.99)
    assert slow <= bound, f"{end.__name__}: p99 {slow * 1000:.0f} ms of {bound * 1000:.0f}"
    return Outcome(count, len(late), note=f"{end.__name__[4:]} p99 {slow * 1000:.0f} ms")


async def revocation(env: ScenarioEnv) -> Outcome:
    """Sessions revoked, passwords changed, accounts disabled: the sockets of another node close."""
    admin = await env.world.user("Ada", site_role=SiteRole.ADMIN)
    outcome = Outcome()
    async with open_node(env) as node:
        for end in (_by_revoking, _by_password, _by_disabling):
            # A changed password costs three slow hashes, on purpose.
            count = env.size(25 if end is _by_password else 100, 5)
            outcome += await _ended(env, node, admin, end, SOON_SECONDS, count)
    return outcome


async def revocation_without_broker(env: ScenarioEnv) -> Outcome:
    """The same, with no broker at all: the head sweep is the messenger."""
    admin = await env.world.user("Ada", site_role=SiteRole.ADMIN)
    count, outcome = env.size(20, 3), Outcome()
    async with open_node(env) as node:
        await asyncio.to_thread(env.broker.kill)
        for end in (_by_revoking, _by_password, _by_disabling):
            few = count if end is not _by_password else env.size(8, 2)
            outcome += await _ended(env, node, admin, end, WITHOUT_BROKER_SECONDS, few)
    return outcome


REVOKED = (
    "session revoked, password changed, account disabled: closed in 250 ms, 1.5 s without Redis"
)

SCENARIOS = (
    Scenario("removal", "removal racing writes, 1,000 times", removal),
    Scenario("revocation", REVOKED, revocation),
    Scenario("revocation-without-broker", REVOKED, revocation_without_broker, small_on=("sqlite",)),
)
