"""Every CalDAV route × every kind of caller, compared with permission_matrix.txt, which is edited by hand.

Each caller signs in with Basic, and asks below an address of their own.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import func, select, update

from api.caldav import routes, write_routes
from shared.accounts.api_tokens import revoke_api_token
from shared.accounts.authentication.access_tokens import make_access_token
from shared.accounts.personal_data.deletion import request_deletion
from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role, SiteRole
from shared.ids import ListId, new_id
from shared.members.commands import remove_member
from shared.settings import Settings
from shared.tables.accounts import UserRow
from shared.tables.streams import EventRow
from tests.support.api_tokens import insert_api_token
from tests.support.caldav_client import basic, vtodo, xml
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World

TABLE = Path(__file__).with_name("permission_matrix.txt")
USERS = (
    "unverified", "disabled", "leaving", "stranger", "removed", "viewer", "commenter", "editor", "owner",
    "admin",
)  # fmt: skip
# Of the owner.
SCOPES = {"read_token": TokenScope.READ, "admin_scope": TokenScope.ADMIN}
OTHERS = (
    "list_token", "other_list_token", "expired_token", "revoked_token", "other_path", "session", "bearer",
    "guest",
)  # fmt: skip
CALLERS = ("anonymous", *USERS, *SCOPES, *OTHERS)
# They must get the answer for a list that does not exist.
OUTSIDERS = ("stranger", "removed", "admin", "other_list_token", "other_path")
STATES = {"unverified": "pending", "disabled": "disabled"}
BODIES = {
    "REPORT": "<D:sync-collection><D:sync-token/><D:sync-level>1</D:sync-level><D:prop/></D:sync-collection>",
    "PROPPATCH": "<D:propertyupdate><D:set><D:prop><A:calendar-order>1</A:calendar-order></D:prop></D:set>"
    "</D:propertyupdate>",
}


def _expected() -> dict[str, dict[str, str]]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line[:1] not in ("", "#")]
    header, *rows = lines
    assert tuple(header[2:]) == CALLERS
    return {f"{row[0]} {row[1]}": dict(zip(CALLERS, row[2:], strict=True)) for row in rows}


def _routes() -> set[str]:
    return {
        f"{method} {route.path.rstrip('/') or '/'}"
        for router in (routes.router, write_routes.router)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


@dataclass
class Scenario:
    """A list with an object, another list, and the headers of each caller."""

    client: httpx.AsyncClient
    world: World
    settings: Settings
    users: dict[str, Actor] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=lambda: {"anonymous": {}})
    list_id: str = ""
    target: str = ""

    async def build(self) -> None:
        world, users = self.world, self.users
        for name in USERS:
            users[name] = await world.user(
                name, site_role=SiteRole.ADMIN if name == "admin" else SiteRole.USER
            )
        await self._make_lists()
        resources, owner = world.resources, users["owner"]
        for name in USERS:
            await self._sign_in(name, users[name])
        for name, scope in SCOPES.items():
            await self._sign_in(name, owner, scope)
        await self._sign_in("list_token", owner, lists=(ListId(self.list_id),))
        await self._sign_in("other_list_token", owner, lists=(ListId(self.target),))
        past = resources.clock.now() - timedelta(seconds=1)
        expired = await insert_api_token(resources, owner, expires_at=past)
        revoked = await insert_api_token(resources, owner)
        await world.run(revoke_api_token, owner, revoked.id)
        session, _ = make_access_token(
            self.settings, owner.user_id, owner.session_id, resources.clock.now()
        )
        link = await make_link(resources, owner, ListId(self.list_id))
        guest = await make_guest(resources, link)
        self.headers |= {
            "expired_token": basic(expired.text),
            "revoked_token": basic(revoked.text),
            "other_path": self.headers["owner"],
            "session": basic(session),
            "bearer": {"Authorization": f"Bearer {session}"},
            "guest": basic(guest.headers["Authorization"].removeprefix("Bearer ")),
        }
        await world.run(request_deletion, users["leaving"], 7)
        for name, status in STATES.items():
            async with resources.begin() as work:
                of_user = UserRow.id == users[name].user_id
                await work.connection.execute(update(UserRow).where(of_user).values(status=status))

    async def _make_lists(self) -> None:
        users = self.users
        roles = [(users[role.value], role) for role in (Role.VIEWER, Role.COMMENTER, Role.EDITOR)]
        roles += [(users[name], Role.EDITOR) for name in ("removed", "leaving", *STATES)]
        self.list_id, self.target = [
            await self.world.list(users["owner"], *roles) for _ in range(2)
        ]
        for each in (self.list_id, self.target):
            args = (users["owner"], ListId(each), users["removed"].user_id)
            await self.world.run(remove_member, *args)

    async def _sign_in(
        self,
        caller: str,
        user: Actor,
        scope: TokenScope = TokenScope.WRITE,
        lists: tuple[ListId, ...] | None = None,
    ) -> None:
        token = await insert_api_token(self.world.resources, user, scope, lists=lists)
        self.headers[caller] = basic(token.text)

    async def add_object(self) -> None:
        path = self._path("/caldav/{user_id}/lists/{segment}/{name}", "owner", self.list_id)
        answer = await self.client.put(path, content=vtodo("UID:a1"), headers=self.headers["owner"])
        assert answer.status_code in (201, 204), answer.text

    def _path(self, path: str, caller: str, list_id: str) -> str:
        user = {"other_path": "viewer"}.get(caller, caller)
        user_id = self.users.get(user, self.users["owner"]).user_id
        return path.format(user_id=user_id, segment=list_id, name="a1.ics")

    async def send(self, route: str, caller: str, list_id: str) -> httpx.Response:
        method, path = route.split()
        sent = self._path(path, caller, f"new-{new_id()}" if method.startswith("MK") else list_id)
        headers = self.headers[caller] | {"Depth": "0", "Content-Type": "text/calendar"}
        headers["Destination"] = self._path(path, caller, self.target)
        body = vtodo("UID:a1", "SUMMARY:New") if method == "PUT" else ""
        body = xml(BODIES[method]) if method in BODIES else body
        return await self.client.request(method, sent, content=body, headers=headers)

    async def events(self) -> int:
        async with self.world.resources.begin_read() as read:
            count = select(func.count()).select_from(EventRow)
            return int(await read.connection.scalar(count))


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(_expected()) == _routes()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("method", ["DELETE", "MOVE", "others"])
async def test_each_caller_gets_the_status_of_the_table(
    method: str, client: httpx.AsyncClient, world: World, settings: Settings
) -> None:
    expected = _expected()
    of_method = {each for each in expected if each.split()[0] == method}
    others = {each for each in expected if each.split()[0] not in ("DELETE", "MOVE", "OPTIONS")}
    scenario: Scenario | None = None

    for route in sorted(of_method or others):
        found: dict[str, str] = {}
        for caller in CALLERS:
            if scenario is None:
                scenario = Scenario(client, world, settings)
                await scenario.build()
                await scenario.add_object()
            found[caller] = await _try(scenario, route, caller)
            if of_method and found[caller] < "400":
                # What was there is gone.
                scenario = None
        assert found == expected[route], route
        if "{segment}" in route and not route.startswith("MK"):
            statuses = {found[caller] for caller in OUTSIDERS}
            # No object has reports: the database is not asked.
            has_none = route.startswith("REPORT") and "{name}" in route
            assert statuses == ({"403", "404"} if has_none else {"404"})


async def _try(scenario: Scenario, route: str, caller: str) -> str:
    """Return the status. What is refused changes nothing, and is no oracle."""
    before = await scenario.events()
    answer = await scenario.send(route, caller, scenario.list_id)
    if answer.status_code >= 400:
        assert await scenario.events() == before, (route, caller)
    if caller in OUTSIDERS:
        unknown = await scenario.send(route, caller, new_id())
        assert unknown.status_code == answer.status_code, (route, caller)
    return str(answer.status_code)
