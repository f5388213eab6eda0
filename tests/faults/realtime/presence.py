"""A node is killed while users are present on it."""

import contextlib

import orjson

from realtime.limits import Limits
from realtime.presence.broadcaster import CHANNEL
from realtime.presence.leases import key_of
from shared.clock import monotonic
from shared.ids import StreamId
from tests.support.faults.api_nodes import api_process, open_node
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.presence_sockets import present, receive_present
from tests.support.realtime.websocket_client import insert_list

NAMES = ("Ben", "Cleo", "Dan")
# The bound of docs/protocol.md.
LEAVE_SECONDS = 35
# At the short size the leases of the killed node end this much earlier.
SHORTENED_SECONDS = Limits.lease_seconds - 1


async def presence_node_killed(env: ScenarioEnv) -> Outcome:
    """Kill a node: users on another node must see each of its users leave once."""
    ana = await env.world.user("Ana")
    users = [await env.world.user(name) for name in NAMES]
    shared_list = await insert_list(env.resources, ana, *users)
    async with (
        open_node(env) as node,
        present(node.socket_url, env.resources, ana, shared_list) as observer,
        api_process(env.settings) as killed_node,
        contextlib.AsyncExitStack() as sockets,
    ):
        for user in users:
            await sockets.enter_async_context(
                present(killed_node.socket_url, env.resources, user, shared_list)
            )
        await receive_present(observer, shared_list[0], {"Ana", *NAMES})
        killed_node.process.kill()
        await killed_node.process.wait()
        killed = monotonic()
        if not env.is_full:
            await _shorten_leases(env, shared_list[0])
        await receive_present(observer, shared_list[0], {"Ana"}, LEAVE_SECONDS)
        seconds = monotonic() - killed
    gone = [
        user_id
        for frame in observer.frames
        if frame["type"] == "left"
        for user_id in frame["users"]
    ]
    assert seconds > (15 if env.is_full else 0.2), "users left before their leases ended"
    return Outcome(
        expected=len(NAMES),
        observed=len(gone),
        lost=len(NAMES) - len(set(gone)),
        duplicated=len(gone) - len(set(gone)),
        note=f"left after {seconds:.1f} s",
    )


async def _shorten_leases(env: ScenarioEnv, list_id: str) -> None:
    """Shorten the leases of the killed node and make the other node read them."""
    redis, key = env.resources.redis, key_of(StreamId(list_id))
    assert redis is not None
    for field, value in (await redis.execute_command("HGETALL", key)).items():
        lease = orjson.loads(value)
        if lease["user"]["name"] in NAMES:
            lease["until"] -= round(SHORTENED_SECONDS * 1000)
            await redis.execute_command("HSET", key, field, orjson.dumps(lease))
    message = {"from": "another node", "look": [list_id], "editing": []}
    await redis.publish(CHANNEL, orjson.dumps(message))


SCENARIOS = (
    Scenario(
        "presence-node-killed",
        "users of a killed node are shown as left within 35 s",
        presence_node_killed,
        short_on=("sqlite",),
    ),
)
