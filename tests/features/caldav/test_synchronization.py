"""sync-collection: what changed after a token, from the events of the list."""

import httpx
from sqlalchemy import update

from shared.contract.shapes import Role
from shared.event_log import trim
from shared.ids import list_stream
from shared.resources import Resources
from shared.tables.streams import StreamRow
from tests.support.caldav_client import caldav_client, xml
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World


async def test_changes_of_the_browser_are_reported_once(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "mine.ics", "SUMMARY:Mine")
    edited = await builder.add_todo(ana, list_id, "Edited")
    kept = await builder.add_todo(ana, list_id, "Kept")
    first = await app.sync(list_id)

    created = await builder.add_todo(ana, list_id, "Created")
    await builder.request(ana, "PATCH", f"/todos/{edited['id']}", {"title": "New"})
    mine = next(each for each in first.names if each == "mine.ics")
    items = (await builder.request(ana, "GET", f"/todos?list_id={list_id}")).json()["items"]
    own = next(each["id"] for each in items if each["title"] == "Mine")
    await builder.request(ana, "DELETE", f"/todos/{own}")
    second = await app.sync(list_id, first.sync_token)
    third = await app.sync(list_id, second.sync_token)

    assert sorted(first.names) == sorted([f"{edited['id']}.ics", f"{kept['id']}.ics", "mine.ics"])
    assert sorted(second.names) == sorted([f"{edited['id']}.ics", f"{created['id']}.ics", mine])
    assert second.gone == ["mine.ics"]
    assert third.names == []
    assert third.sync_token == second.sync_token


async def test_reminders_and_names_of_labels_are_changes(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    label = await builder.make_label(list_id, "shop")
    todo = await builder.add_todo(ana, list_id, "Milk", labels=[label], due={"date": "2099-01-01"})
    app = await caldav_client(client, resources, ana)
    name = f"{todo['id']}.ics"
    first = await app.sync(list_id)

    await builder.request(ana, "POST", f"/todos/{todo['id']}/reminders", {"minutes_before": 5})
    second = await app.sync(list_id, first.sync_token)
    await builder.request(ana, "PATCH", f"/lists/{list_id}/labels/{label}", {"name": "market"})
    third = await app.sync(list_id, second.sync_token)

    tags = [each.values("D:getetag") for each in (first, second, third)]
    assert second.names == third.names == [name]
    assert len({*tags[0], *tags[1], *tags[2]}) == 3


async def test_a_token_that_cannot_be_answered_is_refused(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await builder.add_todo(ana, list_id)
    token = (await app.sync(list_id)).sync_token
    await builder.add_todo(ana, list_id)
    body = (
        "<D:sync-collection><D:sync-token>{}</D:sync-token><D:prop><D:getetag/></D:prop>"
        "</D:sync-collection>"
    )

    async def statuses(*tokens: str) -> set[tuple[int, bool]]:
        answers = [
            await app.request("REPORT", app.path(list_id), xml(body.format(each)))
            for each in tokens
        ]
        return {(answer.status_code, "valid-sync-token" in answer.text) for answer in answers}

    unknown = ["nonsense", "data:,", token.replace("data:,", "data:,0"), token + "999"]
    assert await statuses(*unknown) == {(403, True)}
    assert await statuses(token) == {(207, False)}
    async with resources.begin() as work:
        heads = await work.lock_streams([list_stream(list_id)])
        await trim(work.connection, list_stream(list_id), heads[list_stream(list_id)].seq)
    assert await statuses(token) == {(403, True)}
    newest = (await app.sync(list_id)).sync_token
    async with resources.begin() as work:
        await work.connection.execute(update(StreamRow).values(epoch="ffffffff"))
    assert await statuses(newest) == {(403, True)}


async def test_a_purged_todo_of_an_app_does_not_stay_on_the_phone(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World
) -> None:
    ana = await world.user("Ana")
    list_id = await builder.make_list({ana: Role.OWNER})
    app = await caldav_client(client, resources, ana)
    await app.put(list_id, "mine.ics", "SUMMARY:Mine")
    token = (await app.sync(list_id)).sync_token
    items = (await builder.request(ana, "GET", f"/todos?list_id={list_id}")).json()["items"]
    path = f"/todos/{items[0]['id']}"

    await builder.request(ana, "DELETE", path)
    told = await app.sync(list_id, token)
    await builder.request(ana, "DELETE", f"{path}?forever=true")
    body = f"<D:sync-collection><D:sync-token>{token}</D:sync-token><D:prop/></D:sync-collection>"
    late = await app.request("REPORT", app.path(list_id), xml(body))
    after = await app.sync(list_id, told.sync_token)

    # Its name is gone with it: who was not told yet compares all tags.
    assert told.gone == ["mine.ics"]
    assert (late.status_code, "valid-sync-token" in late.text) == (403, True)
    assert (after.names, after.gone) == ([], [])
