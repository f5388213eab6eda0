"""A node dies with people in it."""

import contextlib

import orjson

from realtime.limits import Limits
from realtime.presence.broadcaster import CHANNEL
from realtime.presence.leases import key_of
from shared.clock import monotonic
from shared.ids import StreamId
from tests.support.faults.api_nodes import api_process, open_node
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.presence_sockets import hear_here, present
from tests.support.realtime.websocket_client import a_list

PEOPLE = ("Ben", "Cleo", "Dan")
GHOST_SECONDS = 35
# What is taken from the leases of the dead where nobody has half a minute.
SHORTER_SECONDS = Limits.lease_seconds - 1


async def killed_node(env: ScenarioEnv) -> Outcome:
    """The people of a node that is killed are gone for those of another; each leaves once."""
    ana = await env.world.user("Ana")
    people = [await env.world.user(name) for name in PEOPLE]
    place = await a_list(env.resources, ana, *people)
    async with (
        open_node(env) as node,
        present(node.socket_url, env.resources, ana, place) as watcher,
        api_process(env.settings) as doomed,
        contextlib.AsyncExitStack() as sockets,
    ):
        for one in people:
            entering = present(doomed.socket_url, env.resources, one, place)
            await sockets.enter_async_context(entering)
        await hear_here(watcher, place[0], {"Ana", *PEOPLE})
        doomed.process.kill()
        await doomed.process.wait()
        killed = monotonic()
        if not env.is_full:
            await _shorten(env, place[0])
        await hear_here(watcher, place[0], {"Ana"}, GHOST_SECONDS)
        seconds = monotonic() - killed
    gone = [one for frame in watcher.frames if frame["type"] == "left" for one in frame["users"]]
    assert seconds > (15 if env.is_full else 0.2), "they were gone before their leases ended"
    return Outcome(
        expected=len(PEOPLE),
        observed=len(gone),
        lost=len(PEOPLE) - len(set(gone)),
        duplicated=len(gone) - len(set(gone)),
        note=f"ghosts gone after {seconds:.1f} s",
    )


async def _shorten(env: ScenarioEnv, list_id: str) -> None:
    """The leases of the dead end sooner, and the living node looks."""
    redis, key = env.resources.redis, key_of(StreamId(list_id))
    assert redis is not None
    for place, value in (await redis.execute_command("HGETALL", key)).items():
        lease = orjson.loads(value)
        if lease["user"]["name"] in PEOPLE:
            lease["until"] -= round(SHORTER_SECONDS * 1000)
            await redis.execute_command("HSET", key, place, orjson.dumps(lease))
    look = {"from": "somebody", "look": [list_id], "editing": []}
    await redis.publish(CHANNEL, orjson.dumps(look))


SCENARIOS = (
    Scenario(
        "presence-killed-node",
        "ghosts of a killed node gone within 35 s",
        killed_node,
        small_on=("sqlite",),
    ),
)
