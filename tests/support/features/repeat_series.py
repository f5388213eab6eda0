"""A todo that repeats every second Tuesday, and requests about it, for the tests of repeating."""

from typing import Any

from shared.actor import Actor
from shared.ids import ListId
from tests.support.features.list_builder import OWNER, ListBuilder

# A Tuesday.
TUESDAY = {"at": "2030-06-04T09:00:00", "zone": "Europe/Berlin"}
BIWEEKLY = {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"}


async def make_repeating_todo(
    builder: ListBuilder, ana: Actor, **fields: Any
) -> tuple[ListId, Any]:
    home = await builder.make_list({ana: OWNER})
    fields = {"due": TUESDAY, "repeat": BIWEEKLY} | fields
    return home, await builder.add_todo(ana, home, "Water the plants", **fields)


async def post(
    builder: ListBuilder, actor: Actor, todo: Any, verb: str, occurrence: int | None
) -> Any:
    body = {} if occurrence is None else {"occurrence": occurrence}
    answer = await builder.request(actor, "POST", f"/todos/{todo['id']}/{verb}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post_refused(
    builder: ListBuilder, actor: Actor, todo: Any, verb: str, occurrence: int
) -> Any:
    path = f"/todos/{todo['id']}/{verb}"
    answer = await builder.request(actor, "POST", path, {"occurrence": occurrence})
    assert answer.status_code == 409, answer.text
    return answer.json()


async def read_history(builder: ListBuilder, actor: Actor, todo: Any) -> Any:
    return (await builder.request(actor, "GET", f"/todos/{todo['id']}/occurrences")).json()


def due_day(todo: Any) -> str:
    """Return the calendar day of a todo's due date."""
    return str((todo["due"].get("at") or todo["due"]["date"])[:10])
