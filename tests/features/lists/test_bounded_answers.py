"""Answers are bounded in bytes, whatever users write."""

import asyncio
from typing import Any

from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World

MEBIBYTE = 1024 * 1024
# A description of four-byte characters has 200 kB.
LARGEST = chr(0x1F600) * 49_000


async def test_a_page_of_events_is_bounded_in_bytes_not_in_characters(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)
    todo = await builder.add_todo(ana, list_id)
    for number in range(8):
        text = f"{number}{LARGEST}"
        await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {"description": text})
    newest = (await builder.request(ana, "GET", f"/lists/{list_id}")).json()["stream"]

    seqs, since, pages = list[int](), 0, 0
    while since < newest["seq"]:
        path = f"/lists/{list_id}/events?epoch={newest['epoch']}&since={since}"
        answer = await builder.request(ana, "GET", path)
        assert len(answer.content) < 1.3 * MEBIBYTE
        seqs += [event["seq"] for event in answer.json()["items"]]
        since, pages = answer.json()["stream"]["seq"], pages + 1

    assert seqs == list(range(1, newest["seq"] + 1))
    assert pages >= 2


async def test_clients_that_read_large_todos_at_once_get_small_pages_and_all_todos(
    builder: ListBuilder, world: World
) -> None:
    ana = await world.user()
    home = await builder.make_list({ana: OWNER})
    ids = set(await builder.insert_todos(home, 40, description=LARGEST))

    async def read_all() -> set[str]:
        found, page = set[str](), dict[str, Any](next_cursor="")
        while page["next_cursor"] is not None:
            cursor = page["next_cursor"]
            path = f"/todos?list_id={home}&limit=100{cursor and f'&cursor={cursor}'}"
            answer = await builder.request(ana, "GET", path)
            # The largest number of bytes that a client makes the server hold at a time.
            assert len(answer.content) < 1.3 * MEBIBYTE
            page = answer.json()
            found |= {todo["id"] for todo in answer.json()["items"]}
        return found

    assert await asyncio.gather(*(read_all() for _ in range(8))) == [ids] * 8
