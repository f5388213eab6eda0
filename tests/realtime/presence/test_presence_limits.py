"""How large a state may be, in how many lists a socket is present, and how often states are sent."""

import pytest
from websockets.exceptions import ConnectionClosedError

from realtime.limits import Limits
from shared.actor import Actor
from shared.contract.frames import Close
from shared.resources import Resources
from shared.settings import Settings
from tests.support.api_server import served
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.presence_sockets import (
    present,
    receive_present,
    receive_state,
    shorten_presence,
)
from tests.support.realtime.websocket_client import InsertedList, SocketClient, insert_list

pytestmark = SQLITE_ONLY


@pytest.mark.parametrize(
    ("state", "is_taken"),
    [
        ({"text": "x" * 501}, True),
        ({"text": "x" * 502}, False),
        ({"text": "ä" * 251}, False),
    ],
    ids=["512 bytes", "513 bytes", "bytes are counted, not letters"],
)
async def test_a_state_has_512_bytes_at_most(
    ana_socket: SocketClient, ana_list: InsertedList, state: dict[str, object], is_taken: bool
) -> None:
    await ana_socket.follow(ana_list)
    request_id = await ana_socket.send("presence", list=ana_list.list_id, state=state)
    answer = await ana_socket.receive_answer(request_id)

    assert answer.get("code") == (None if is_taken else "too_large")


async def test_a_state_that_is_nested_too_deeply_ends_the_socket(
    ana_socket: SocketClient, ana_list: InsertedList
) -> None:
    await ana_socket.follow(ana_list)
    deep = "[" * 300 + "]" * 300
    await ana_socket.socket.send(
        f'{{"type":"presence","list":"{ana_list.list_id}","state":{{"deep":{deep}}}}}'
    )

    with pytest.raises(ConnectionClosedError) as caught:
        await ana_socket.receive_type("error")

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == Close.PROTOCOL_ERROR


async def test_one_socket_is_present_in_a_limited_number_of_lists(
    ana_socket: SocketClient, resources: Resources, ana: Actor
) -> None:
    lists = [await insert_list(resources, ana) for _ in range(Limits.presence_lists + 1)]

    await ana_socket.follow(*lists)
    for list_id, _ in lists:
        await ana_socket.send("presence", list=list_id)
    refused = await ana_socket.receive_type("error")
    await ana_socket.send("presence", list=lists[0].list_id, state=None)
    request_id = await ana_socket.send("presence", list=lists[-1].list_id)
    answer = await ana_socket.receive_answer(request_id)

    assert (refused["code"], refused["list"]) == ("too_many_presences", lists[-1].list_id)
    assert answer["type"] == "presence"


async def test_of_a_flood_of_states_the_last_one_is_sent(
    settings: Settings,
    resources: Resources,
    ana: Actor,
    ben: Actor,
    shared_list: InsertedList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten_presence(
        monkeypatch, presence_batch_seconds=0.3, frames_per_second=1000, frames_burst=1000
    )
    list_id = shared_list.list_id

    async with (
        served(settings) as node,
        present(node.socket_url, resources, ana, shared_list) as watcher,
        present(node.socket_url, resources, ben, shared_list) as client,
    ):
        await receive_present(watcher, list_id, {"Ana", "Ben"})
        before = watcher.count("joined")
        for number in range(300):
            await client.socket.send(
                f'{{"type":"presence","list":"{list_id}","state":{{"at":{number}}}}}'
            )
        await receive_state(watcher, list_id, "Ben", {"at": 299})

    assert watcher.count("joined") - before <= 5
