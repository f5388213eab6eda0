"""Two apps that are often behind and a browser edit one list at random and at the same time."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest

from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from tests.support.caldav_client import CalDavClient, caldav_client
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

ROUNDS = 20
STATUSES = {"NEEDS-ACTION": "pending", "COMPLETED": "completed"}
# The first try may be made of an old copy. Then an app that reads again is too late twice at most: the
# others make one change each in a round.
MAX_ATTEMPTS = 4


def _lines_of(text: str, *names: str) -> dict[str, str]:
    rows = (row.partition(":") for row in text.splitlines())
    return {name: value for name, _, value in rows if name in names}


def _changed(text: str, **properties: str) -> str:
    """Return the object with other values of SUMMARY and STATUS, as an app writes them."""
    dropped = ("COMPLETED", "PERCENT-COMPLETE", *properties)
    rows = [row for row in text.splitlines() if row.partition(":")[0] not in dropped]
    start = rows.index("BEGIN:VTODO") + 1
    rows[start:start] = [f"{name}:{value}" for name, value in properties.items()]
    return "\r\n".join([*rows, ""])


@dataclass
class Party:
    """Somebody who edits the list. `written` are the titles of the edits that were acknowledged."""

    name: str
    random: random.Random
    list_id: ListId
    written: list[str] = field(default_factory=list)
    count: int = 0

    async def act(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    def new_title(self) -> str:
        self.count += 1
        return f"{self.name} {self.count}"


@dataclass
class App(Party):
    """An app with copies of the objects by name: their tags and texts, as of its last synchronization."""

    client: CalDavClient = field(kw_only=True)
    copies: dict[str, tuple[str, str]] = field(default_factory=dict)
    token: str = ""
    conflicts: int = 0

    async def synchronize(self) -> None:
        found = await self.client.sync(self.list_id, self.token)
        for name in found.gone:
            self.copies.pop(name, None)
        for name in {*found.names} - {*found.gone}:
            await self._read(name)
        self.token = found.sync_token

    async def act(self) -> None:
        if self.random.random() < 0.3:
            await self.synchronize()
        name = self.random.choice(sorted(self.copies)) if self.copies else ""
        if not name or self.random.random() < 0.2:
            await self._add()
        elif self.random.random() < 0.15:
            await self._delete(name)
        else:
            await self._edit(name)

    async def _add(self) -> None:
        title = self.new_title()
        name = f"{title.replace(' ', '-')}.ics"
        answer = await self.client.put(
            self.list_id, name, f"SUMMARY:{title}", "STATUS:NEEDS-ACTION", if_none_match="*"
        )
        assert answer.status_code == 201, answer.text
        self.written.append(title)
        await self._read(name)

    async def _edit(self, name: str) -> None:
        """Write the change; where somebody else was faster, read again and make it in what is there now."""
        title, status = self.new_title(), self.random.choice(sorted(STATUSES))
        change = {"SUMMARY": title} if self.random.random() < 0.7 else {"STATUS": status}
        path = self.client.object_path(self.list_id, name)
        for _ in range(MAX_ATTEMPTS):
            tag, text = self.copies[name]
            body = _changed(text, **change)
            answer = await self.client.request("PUT", path, body, if_match=tag)
            if answer.status_code == 204:
                # What it did not change is as others left it: otherwise an old title would be written again.
                self.written += [title] if "SUMMARY" in change else []
                await self._read(name)
                return
            assert answer.status_code == 412, answer.text
            self.conflicts += 1
            if not await self._read(name):
                return  # somebody deleted it
        raise AssertionError(f"{name} was changed each time before it could be written")

    async def _delete(self, name: str) -> None:
        path = self.client.object_path(self.list_id, name)
        answer = await self.client.request("DELETE", path, if_match=self.copies[name][0])
        if answer.status_code == 412:
            # What the others wrote meanwhile is worth more than a deletion.
            self.conflicts += 1
            await self._read(name)
        else:
            assert answer.status_code in (204, 404), answer.text
            del self.copies[name]

    async def _read(self, name: str) -> bool:
        answer = await self.client.get(self.list_id, name)
        if answer.status_code == 404:
            self.copies.pop(name, None)
            return False
        self.copies[name] = (answer.headers["etag"], answer.text)
        return True

    def seen(self) -> Counter[tuple[str, str]]:
        found = [_lines_of(text, "SUMMARY", "STATUS") for _, text in self.copies.values()]
        return Counter((each["SUMMARY"], STATUSES[each["STATUS"]]) for each in found)


@dataclass
class Browser(Party):
    """A browser, which sees the list as it is."""

    app: CalDavClient = field(kw_only=True)
    builder: ListBuilder = field(kw_only=True)

    async def act(self) -> None:
        present = (await self._request("GET", f"/todos?list_id={self.list_id}")).json()["items"]
        if not present or self.random.random() < 0.2:
            title = self.new_title()
            body = {"list_id": self.list_id, "title": title}
            assert (await self._request("POST", "/todos", body)).status_code == 201
            self.written.append(title)
            return
        path = f"/todos/{self.random.choice(present)['id']}"
        if self.random.random() < 0.15:
            await self._request("DELETE", path)
        elif self.random.random() < 0.5:
            await self._request("POST", f"{path}/{self.random.choice(('complete', 'reopen'))}")
        else:
            title = self.new_title()
            if (await self._request("PATCH", path, {"title": title})).status_code == 200:
                self.written.append(title)

    async def seen(self) -> Counter[tuple[str, str]]:
        snapshot = (await self._request("GET", f"/lists/{self.list_id}/snapshot")).json()
        return Counter((todo["title"], todo["status"]) for todo in snapshot["todos"])

    async def _request(self, method: str, path: str, body: object = None) -> httpx.Response:
        answer = await self.builder.request(self.app.actor, method, path, body)
        assert answer.status_code < 500, answer.text
        return answer


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_apps_and_a_browser_converge_whatever_they_do_at_the_same_time(
    client: httpx.AsyncClient, resources: Resources, builder: ListBuilder, world: World, seed: int
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    list_id = await builder.make_list({ana: Role.OWNER, ben: Role.EDITOR})
    first, second = [await caldav_client(client, resources, each) for each in (ana, ben)]
    apps = [
        App(name, random.Random(f"{name} {seed}"), list_id, client=each)
        for name, each in (("first", first), ("second", second))
    ]
    browser = Browser(
        "browser", random.Random(f"browser {seed}"), list_id, app=second, builder=builder
    )

    for _ in range(ROUNDS):
        await asyncio.gather(*(each.act() for each in (*apps, browser)))
    for app in apps:
        await app.synchronize()
    events = await builder.events(list_id)

    expected = await browser.seen()
    assert [app.seen() for app in apps] == [expected, expected]
    assert sum(app.conflicts for app in apps) >= 1
    # Each title that was acknowledged was written once, whoever wrote over it later.
    titles = [
        each["data"]["todo"]["title"]
        for each in events
        if each["event"] == "todo.created" or "title" in each["data"].get("changed", ())
    ]
    assert Counter(titles) == Counter(title for each in (*apps, browser) for title in each.written)
