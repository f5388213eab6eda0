"""Delivery ends at the removal of a member, and sockets close soon after a session is revoked."""

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
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.api_nodes import open_node, open_two_nodes
from tests.support.faults.expected_events import compare_events, percentile
from tests.support.faults.recording_client import RecordingClient
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import insert_list, remove_member, write_event

SOON_SECONDS, WITHOUT_BROKER_SECONDS = 0.25, 1.5
PAUSE_SECONDS = 0.12
PASSWORD = "quiet orchard lamp"


async def member_removal(env: ScenarioEnv) -> Outcome:
    """A removal races writes of two processes: the member gets every event before it, none after."""
    rounds = env.size(1000, 30)
    sockets = 10
    ana = await env.world.user("Ana")
    async with open_two_nodes(env) as nodes, open_resources(env.settings) as elsewhere:
        writers = [env.resources, elsewhere]

        async def race_on_socket(number: int) -> Outcome:
            ben = await env.world.user("Ben")
            client = RecordingClient(env.resources, ben)
            await client.connect(nodes[number % 2].socket_url, subscribe=False)
            outcome = Outcome()
            for turn in range(rounds // sockets):
                # A socket may send 20 frames a second, and a race sends two.
                pause = asyncio.create_task(asyncio.sleep(PAUSE_SECONDS))
                outcome += await _race(writers, client, ana, ben, in_order=bool(turn % 2))
                await pause
            client.drop()
            return outcome

        results = await asyncio.gather(*map(race_on_socket, range(sockets)))
    return sum(results, Outcome(note=f"{rounds} removals"))


async def _race(
    writers: Sequence[Resources], client: RecordingClient, ana: Actor, ben: Actor, *, in_order: bool
) -> Outcome:
    """Return what Ben received of a list from which he was removed while others wrote to it."""
    assert client.socket is not None
    list_id, epoch = await insert_list(writers[0], ana, ben)
    client.set_cursor(list_id, epoch, 0)
    number = client.subscribe(list_id)
    if in_order:
        await client.wait_for_answer(number)
    *_, last = await asyncio.gather(
        *(write_event(writers[n % 2], list_id) for n in range(4)),
        remove_member(writers[in_order], list_id, ben),
    )
    await write_event(writers[1], list_id)

    def ends() -> list[str]:
        kinds = [frame["type"] for frame in client.control_frames if frame.get("list") == list_id]
        return [kind for kind in kinds if kind in ("unsubscribed", "error")]

    try:
        await client.wait_until(lambda: bool(ends()))
    except TimeoutError:
        seqs, frames = client.received[list_id], client.control_frames
        raise AssertionError(
            f"removed at {last}, but not unsubscribed: received {seqs} and {frames},"
            f" socket {client.socket.ended}"
        ) from None
    await client.wait_for_answer(client.socket.send("unsubscribe", lists=["end"]))
    received = client.received.pop(list_id)
    del client.cursors[list_id]
    is_refused = ends() == ["error"]
    client.control_frames.clear()
    # Removed before the node checked the subscription: then no event is due at all.
    return compare_events(received, 0, 0 if is_refused else last)


@dataclass
class _CommitTimes:
    """The time of the first commit to each stream, taken in the process that writes."""

    committed: dict[str, float]

    def on_recorded(self, recorded: Sequence[RecordedEvent]) -> None:
        for event in recorded:
            self.committed.setdefault(event.stream, monotonic())


Revoke = Callable[[ScenarioEnv, Actor, Actor], Awaitable[object]]


async def _by_session(env: ScenarioEnv, admin: Actor, ana: Actor) -> None:
    await env.world.run(revoke_session, ana, SessionId(ana.session_id))


async def _by_password(env: ScenarioEnv, admin: Actor, ana: Actor) -> None:
    """Change the password from another device, whose own session stays valid."""
    hashed = await passwords.hash_password(PASSWORD)
    async with env.resources.begin() as work:
        await work.connection.execute(
            update(UserRow).where(UserRow.id == ana.user_id).values(password_hash=hashed)
        )
    laptop = await env.world.another_session(ana)
    await change_password(env.resources, laptop, PASSWORD, "another quiet orchard")


async def _by_account(env: ScenarioEnv, admin: Actor, ana: Actor) -> None:
    await env.world.run(edit_user, admin, ana.user_id, AccountEdit(disabled=True))


async def _count_closed(
    env: ScenarioEnv, node: ApiNode, admin: Actor, revoke: Revoke, bound: float, count: int
) -> Outcome:
    """Revoke `count` sessions; return how many sockets closed, and assert the bound on their p99."""
    times = _CommitTimes({})
    env.resources.event_publisher.set_local_subscriber(times.on_recorded)
    delays: list[float] = []
    for number in range(count):
        ana = await env.world.user(f"Ana {number}")
        client = await RecordingClient(env.resources, ana).connect(node.socket_url, subscribe=False)
        assert client.socket is not None
        await revoke(env, admin, ana)
        async with asyncio.timeout(DEADLINE_SECONDS):
            code = await client.socket.ended
        delays.append(monotonic() - times.committed[f"user:{ana.user_id}"])
        assert code == Close.REFUSED, f"closed with {code}"
    env.resources.event_publisher.set_local_subscriber(None)
    p99, bound = percentile(delays, 0.99), env.time_bound(bound)
    what = revoke.__name__.removeprefix("_by_")
    assert p99 <= bound, f"{what}: p99 {p99 * 1000:.0f} ms of {bound * 1000:.0f}"
    return Outcome(count, len(delays), note=f"{what} p99 {p99 * 1000:.0f} ms")


async def session_revocation(env: ScenarioEnv) -> Outcome:
    """Revoke sessions, change passwords, disable accounts: the sockets on another node close."""
    admin = await env.world.user("Ada", site_role=SiteRole.ADMIN)
    outcome = Outcome()
    async with open_node(env) as node:
        for revoke in (_by_session, _by_password, _by_account):
            # A password change computes three slow password hashes.
            count = env.size(25 if revoke is _by_password else 100, 5)
            outcome += await _count_closed(env, node, admin, revoke, SOON_SECONDS, count)
    return outcome


async def session_revocation_without_broker(env: ScenarioEnv) -> Outcome:
    """The same without a broker: the head check finds the revocations."""
    admin = await env.world.user("Ada", site_role=SiteRole.ADMIN)
    count, outcome = env.size(20, 3), Outcome()
    async with open_node(env) as node:
        await asyncio.to_thread(env.broker.kill)
        for revoke in (_by_session, _by_password, _by_account):
            few = count if revoke is not _by_password else env.size(8, 2)
            outcome += await _count_closed(env, node, admin, revoke, WITHOUT_BROKER_SECONDS, few)
    return outcome


REVOKED = (
    "session revoked, password changed, account disabled: closed in 250 ms, 1.5 s without Redis"
)

SCENARIOS = (
    Scenario("member-removal", "removal racing writes, 1,000 times", member_removal),
    Scenario("session-revocation", REVOKED, session_revocation),
    Scenario(
        "session-revocation-without-broker",
        REVOKED,
        session_revocation_without_broker,
        short_on=("sqlite",),
    ),
)
