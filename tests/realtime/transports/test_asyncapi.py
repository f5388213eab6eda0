"""The AsyncAPI document is valid, complete, and describes what a server really sends.

The schema is AsyncAPI's own (tests/asyncapi, Apache 2.0; unchanged except for line breaks).
"""

import re
from functools import cache
from typing import Any, Literal

import orjson
import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import best_match

from api.openapi.asyncapi import document, frames_of
from shared.actor import Actor
from shared.contract import frames
from shared.contract.base import Body
from shared.contract.events import EVENTS
from shared.contract.frames import CLIENT_FRAME, CLOSES, EventFrame, ServerFrame
from shared.resources import Resources
from shared.settings import ROOT
from tests.support.api_server import InProcessNode
from tests.support.deadlines import http_client
from tests.support.realtime.sse_client import events_path, stream_of
from tests.support.realtime.websocket_client import head_of, socket_of, token_of
from tests.support.world_builder import World

DOCUMENT = document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
SERVER_FRAMES = frames_of(ServerFrame)


def test_it_is_valid_asyncapi() -> None:
    schema = orjson.loads((ROOT / "tests/asyncapi/schema-3.0.0.json").read_bytes())

    error = best_match(Draft7Validator(schema).iter_errors(DOCUMENT))

    assert error is None, (list(error.absolute_path), error.message)


def references(node: Any) -> set[str]:
    """Return every `$ref` in the node."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_every_reference_can_be_resolved() -> None:
    for reference in references(DOCUMENT):
        node: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_frame_every_event_and_every_close_code_is_in_it() -> None:
    client_frames, events = frames_of(Body), {kind.__name__ for kind in EVENTS.values()}
    server_frames = SERVER_FRAMES.keys() - {"EventFrame"}
    operations = DOCUMENT["operations"]

    assert set(MESSAGES) == client_frames.keys() | server_frames | events
    assert {"hello", "subscribe", "auth", "sayPresence", "sayEditing"} < operations.keys()
    received = [name for name, it in operations.items() if it["action"] == "receive"]
    assert len(received) == len(client_frames)
    sent = {it["$ref"].split("/")[-1] for it in operations["hearSocket"]["messages"]}
    assert sent == (server_frames | events) - {"Closed"}
    codes = {it["code"] for it in DOCUMENT["channels"]["socket"]["x-close-codes"]}
    # 1009 is the WebSocket protocol's, for a frame that is too large.
    assert codes == {int(close) for close in CLOSES} | {1009}


def test_each_stream_carries_the_events_that_the_protocol_page_lists_for_it() -> None:
    page = (ROOT / "docs/protocol.md").read_text().split("### An event")[1]
    of_list, own = page.split("Events of a user's own stream:")
    names = {kind.__name__: kind.name for kind in EVENTS.values()}

    for channel, section in (("listEvents", of_list), ("ownEvents", own)):
        listed = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` ", section, re.MULTILINE))
        messages = DOCUMENT["channels"][channel]["messages"]
        assert {names[message] for message in messages if message in names} == listed


def test_a_new_frame_is_added_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Waved(ServerFrame):
        type: Literal["waved"] = "waved"
        list: str
        fingers: int | None = None

    monkeypatch.setattr(frames, "Waved", Waved, raising=False)

    components = document()["components"]

    [example] = components["messages"]["Waved"]["examples"]
    assert example["payload"]["type"] == "waved"
    assert components["schemas"]["Waved"]["required"] == ["type", "list"]


@cache
def validator_of(name: str) -> Draft202012Validator:
    payload = MESSAGES[name]["payload"]
    return Draft202012Validator(payload | {"components": DOCUMENT["components"]})


def errors_in(name: str, frame: Any) -> list[str]:
    return [error.message for error in validator_of(name).iter_errors(frame)]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_example_is_accepted_by_its_schema_and_its_model(name: str) -> None:
    [example] = (it["payload"] for it in MESSAGES[name]["examples"])

    assert errors_in(name, example) == []
    if name in frames_of(Body):
        assert CLIENT_FRAME.validate_python(example).type == example["type"]
    elif name in SERVER_FRAMES:
        assert SERVER_FRAMES[name].model_validate(example).model_dump()["type"] == example["type"]
    else:
        event = EVENTS[EventFrame.model_validate(example).event]
        assert event.model_validate(example["data"]).model_dump(mode="json") == example["data"]
    # A schema that accepts anything would prove nothing.
    assert errors_in(name, example | {"type": "another"})


def message_of(frame: Any) -> str:
    """Return the name of the frame's message."""
    if frame["type"] == "event":
        return EVENTS[frame["event"]].__name__
    [name] = (name for name in SERVER_FRAMES if MESSAGES.get(name, {}).get("name") == frame["type"])
    return name


async def test_every_frame_that_a_server_sends_is_as_described(
    server: InProcessNode, resources: Resources, world: World, ana: Actor
) -> None:
    list_id = await world.list(ana)
    epoch, seq = await head_of(resources, list_id)
    headers = {"Authorization": f"Bearer {token_of(resources, ana)}"}

    async with (
        socket_of(server.socket_url, resources, ana) as socket,
        stream_of(server.port, resources, ana, events_path(list_id)) as stream,
        http_client(f"{server.url}/api/v1", headers) as http,
    ):
        await socket.send("nonsense")
        await socket.subscribe((list_id, epoch, 0), ("nothing", epoch, 0))
        await socket.receive_type("subscribed")
        await stream.receive_named("subscribed")
        todo = await http.post("/todos", json={"list_id": list_id, "title": "Milk"})
        path = f"/todos/{todo.json()['id']}"
        await http.patch(path, json={"title": "Oat milk", "base_seq": seq, "due": None})
        await http.post(f"{path}/comments", json={"body": "Two."})
        await http.delete(path)
        await stream.receive_seq(seq + 4)
        await socket.receive_seq(list_id, seq + 4)
        await socket.subscribe((list_id, "other", 0))
        await socket.receive_type("reset")
        await socket.send("unsubscribe", lists=[list_id])
        await socket.receive_type("unsubscribed")

    sent = [*socket.frames, *(event.frame for event in stream.events)]
    kinds = {frame["type"] for frame in sent}
    errors = [(frame["type"], errors_in(message_of(frame), frame)) for frame in sent]
    assert kinds >= {"welcome", "event", "error", "reset", "subscribed"}
    assert [(kind, found) for kind, found in errors if found] == []
