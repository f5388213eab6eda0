"""A todo every second Tuesday, and what is sent about it: shared by the tests of repeating."""

from typing import Any

from shared.actor import Actor
from shared.ids import ListId
from tests.support.features.list_builder import OWNER, ListBuilder

# A Tuesday.
TUESDAY = {"at": "2030-06-04T09:00:00", "zone": "Europe/Berlin"}
BIWEEKLY = {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"}


async def plants(builder: ListBuilder, ana: Actor, **fields: Any) -> tuple[ListId, Any]:
    home = await builder.make_list({ana: OWNER})
    fields = {"due": TUESDAY, "repeat": BIWEEKLY} | fields
    return home, await builder.add_todo(ana, home, "Water the plants", **fields)


async def post(
    builder: ListBuilder, who: Actor, todo: Any, verb: str, occurrence: int | None
) -> Any:
    body = {} if occurrence is None else {"occurrence": occurrence}
    answer = await builder.request(who, "POST", f"/todos/{todo['id']}/{verb}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused_post(
    builder: ListBuilder, who: Actor, todo: Any, verb: str, occurrence: int
) -> Any:
    path = f"/todos/{todo['id']}/{verb}"
    answer = await builder.request(who, "POST", path, {"occurrence": occurrence})
    assert answer.status_code == 409, answer.text
    return answer.json()


async def past_of(builder: ListBuilder, who: Actor, todo: Any) -> Any:
    return (await builder.request(who, "GET", f"/todos/{todo['id']}/occurrences")).json()


def day_in(todo: Any) -> str:
    return str((todo["due"].get("at") or todo["due"]["date"])[:10])
