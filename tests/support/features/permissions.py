"""The callers, routes and request bodies of the permission matrix."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from fastapi.routing import APIRoute
from sqlalchemy import func, select, update

from api.main import ROUTERS
from api.openapi.examples import BODIES
from realtime.transports.sse_response import EventStreamResponse
from shared.accounts.api_tokens import revoke_api_token
from shared.accounts.authentication.access_tokens import make_access_token
from shared.accounts.external_identities import Identity, insert_identity
from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role, SiteRole
from shared.contract.share_links import LinkRole
from shared.ids import ListId
from shared.inbound_mail.commands import create_address
from shared.members.commands import remove_member
from shared.settings import Settings
from shared.share_links.links import revoke_link
from shared.tables.accounts import ExternalIdentityRow, UserRow
from shared.tables.streams import EventRow
from tests.support.api_tokens import API_TOKEN_ROUTES, InsertedToken, insert_api_token
from tests.support.attachments import ATTACHMENT_ROUTES, FILE, insert_attachment
from tests.support.calendar_feeds import CALENDAR_FEED_ROUTES, insert_feed
from tests.support.features.administration_routes import ADMINISTRATION_ROUTES
from tests.support.features.list_routes import LIST_ROUTES
from tests.support.features.passkeys import PASSKEY_ROUTES, insert_passkey
from tests.support.features.sign_in_routes import NOT_AN_ACCOUNT, SIGN_IN_ROUTES
from tests.support.features.webhook_routes import WEBHOOK_ROUTES, insert_webhook
from tests.support.imports import IMPORT_ROUTES, insert_import
from tests.support.inbound_mail import EMAIL_ADDRESS_ROUTES
from tests.support.oauth_routes import OAUTH_ROUTES, insert_application
from tests.support.personal_data import PERSONAL_DATA_ROUTES, insert_export
from tests.support.share_links import SHARE_LINK_ROUTES, MadeGuest, make_guest, make_link
from tests.support.world_builder import World

EMOJI = "\U0001f44d"
CALLERS = (
    "anonymous", "unverified", "disabled", "stranger", "removed", "viewer", "commenter", "editor",
    "owner", "other_owner", "moderator", "admin",
    "read_token", "write_token", "list_token", "other_list_token", "admin_token", "expired_token",
    "revoked_token",
    "guest_viewer", "guest_commenter", "guest_editor", "ended_guest",
)  # fmt: skip
# The role of each guest's share link.
GUESTS = {
    "guest_viewer": LinkRole.VIEWER,
    "guest_commenter": LinkRole.COMMENTER,
    "guest_editor": LinkRole.EDITOR,
    "ended_guest": LinkRole.EDITOR,
}
# Whose API token each is, and its scope. The owner's two of one list: of this and of another.
TOKENS = {
    "read_token": ("owner", TokenScope.READ),
    "write_token": ("owner", TokenScope.WRITE),
    "list_token": ("owner", TokenScope.WRITE),
    "other_list_token": ("owner", TokenScope.WRITE),
    "admin_token": ("admin", TokenScope.ADMIN),
    "expired_token": ("owner", TokenScope.WRITE),
    "revoked_token": ("owner", TokenScope.WRITE),
}

API = "/api/v1"

# The request body of each route. `{…}` in a body or path is replaced by an id of the scenario.
ROUTES: Mapping[str, Any] = {
    **SIGN_IN_ROUTES,
    "POST /ws-ticket": None,
    "GET /users/me": None,
    "PATCH /users/me": {"name": "New"},
    "PUT /users/me": {"name": "New"},
    "DELETE /users/me": None,
    "GET /users/me/snapshot": None,
    "GET /users/me/list-snapshots": None,
    "GET /users/me/list-export": None,
    **IMPORT_ROUTES,
    "GET /users/me/events": None,
    "STREAM /users/me/events": None,
    "POST /users/me/password": {"current_password": "wrong one", "new_password": "long enough 1"},
    "POST /users/me/email": {"email": NOT_AN_ACCOUNT},
    "POST /users/me/reminder-test": None,
    **API_TOKEN_ROUTES,
    **CALENDAR_FEED_ROUTES,
    **OAUTH_ROUTES,
    "GET /users/me/second-factors": None,
    "POST /users/me/second-factors/totp": None,
    "POST /users/me/second-factors/totp/confirm": {"code": "000000"},
    "DELETE /users/me/second-factors/totp": None,
    "POST /users/me/second-factors/recovery-codes": None,
    **ADMINISTRATION_ROUTES,
    **PASSKEY_ROUTES,
    "GET /users/me/identities": None,
    "POST /users/me/identities": {"provider": "corp"},
    "DELETE /users/me/identities/{identity_id}": None,
    **PERSONAL_DATA_ROUTES,
    "GET /site": None,
    "GET /users/me/audit": None,
    "POST /users/{user_id}/notify": {"subject": "Hello", "body": "A word."},
    **LIST_ROUTES,
    "GET /lists/{list_id}/snapshot": None,
    "GET /lists/{list_id}/export": None,
    "GET /lists/{list_id}/events": None,
    "STREAM /lists/{list_id}/events": None,
    "GET /lists/{list_id}/members": None,
    "PATCH /lists/{list_id}/members/{user_id}": {"role": "commenter"},
    "DELETE /lists/{list_id}/members/{user_id}": None,
    "GET /lists/{list_id}/invitations": None,
    "POST /lists/{list_id}/invitations": {"email": NOT_AN_ACCOUNT, "role": "viewer"},
    "DELETE /lists/{list_id}/invitations/{invitation_id}": None,
    **SHARE_LINK_ROUTES,
    **WEBHOOK_ROUTES,
    **EMAIL_ADDRESS_ROUTES,
    "POST /invitations/preview": {"token": "wrong"},
    "POST /invitations/accept": {"invitation_id": "{invitation_id}"},
    "POST /invitations/decline": {"invitation_id": "{invitation_id}"},
    "GET /lists/{list_id}/activity": None,
    "POST /lists/{list_id}/activity/undo": {"seqs": [1]},
    "GET /lists/{list_id}/labels": None,
    "POST /lists/{list_id}/labels": {"name": "Home"},
    "PATCH /lists/{list_id}/labels/{label_id}": {"name": "Home"},
    "DELETE /lists/{list_id}/labels/{label_id}": None,
    "GET /search": None,
    "GET /todos": None,
    "POST /todos": {"list_id": "{list_id}", "title": "New"},
    "POST /todos/bulk": {"todo_ids": ["{todo_id}"], "updates": {"title": "New"}},
    "POST /todos/bulk/create": {"list_id": "{list_id}", "todos": [{"title": "New"}]},
    "POST /todos/bulk/delete": {"todo_ids": ["{todo_id}"]},
    "PATCH /todos/bulk": {"ids": ["{todo_id}"], "changes": {"title": "New"}},
    "GET /todos/{todo_id}": None,
    "PATCH /todos/{todo_id}": {"title": "New"},
    "PUT /todos/{todo_id}": {"title": "New"},
    "DELETE /todos/{todo_id}": None,
    **{f"POST /todos/{{todo_id}}/{verb}": {} for verb in ("move", "complete")},
    "POST /todos/{todo_id}/duplicate": None,
    "POST /todos/{todo_id}/restore": None,
    **{f"POST /todos/{{todo_id}}/{verb}": {"occurrence": 1} for verb in ("skip", "reopen")},
    "GET /todos/{todo_id}/occurrences": None,
    "POST /repeats/preview": {"due": {"date": "2030-01-01"}, "repeat": {"rule": "FREQ=DAILY"}},
    "GET /todos/{todo_id}/comments": None,
    "POST /todos/{todo_id}/comments": {"body": "A word."},
    "PATCH /todos/{todo_id}/comments/{comment_id}": {"body": "Another."},
    "DELETE /todos/{todo_id}/comments/{comment_id}": None,
    **ATTACHMENT_ROUTES,
    "GET /todos/{todo_id}/comments/{comment_id}/versions": None,
    "PUT /todos/{todo_id}/comments/{comment_id}/reactions/{emoji}": None,
    "DELETE /todos/{todo_id}/comments/{comment_id}/reactions/{emoji}": None,
    "GET /todos/{todo_id}/reminders": None,
    "POST /todos/{todo_id}/reminders": {"at": "2031-01-01T09:00:00Z"},
    "POST /todos/{todo_id}/reminders/{reminder_id}/snooze": {"minutes": 10},
    "DELETE /todos/{todo_id}/reminders/{reminder_id}": None,
    "GET /mail/unsubscribe": None,
    "POST /mail/unsubscribe": None,
    "POST /mail/preferences": {"token": "wrong"},
    "PATCH /mail/preferences": {"token": "wrong", "mail": {}},
    "GET /users/me/notifications": None,
    "POST /users/me/notifications/read": {"through": "06gzk4h3d2f4h6k8m0p2r4t6w8"},
    "DELETE /users/me/mail-refusal": None,
    "GET /users/me/push-subscriptions": None,
    "POST /users/me/push-subscriptions": BODIES["PushSubscriptionBody"],
    "DELETE /users/me/push-subscriptions": BODIES["PushEndpoint"],
    "GET /users/me/preferences": None,
    "PATCH /users/me/preferences": {"channels": {"commented": {"mail": True}}},
}
# A position that does not exist: an admitted caller gets `reset`, which also ends a live stream.
_UNKNOWN_POSITION = "?epoch=none&since=0"
QUERIES = {
    f"{method} {path}": _UNKNOWN_POSITION
    for method in ("GET", "STREAM")
    for path in ("/lists/{list_id}/events", "/users/me/events")
} | {f"{method} /mail/unsubscribe": "?token=wrong&mails=reminders" for method in ("GET", "POST")}
QUERIES |= {
    "GET /search": "?q=milk",
    "POST /imports": "?file_name=todo.txt",
    "POST /todos/{todo_id}/attachments": "?name=milk.txt",
}
# The routes whose body is a file.
FILE_ROUTES = ("POST /imports", "POST /todos/{todo_id}/attachments")
STREAM = "STREAM"  # A GET that asks for a live stream: it has an entry point and rows of its own.


@dataclass
class PermissionScenario:
    """A list with a part of every kind, and a user for each kind of caller."""

    client: httpx.AsyncClient
    world: World
    settings: Settings
    users: dict[str, Actor] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, InsertedToken] = field(default_factory=dict)
    guests: dict[str, MadeGuest] = field(default_factory=dict)

    async def build(self) -> None:
        await self._make_callers()
        await self._fill_list()
        await self._make_tokens()
        self.ids |= await insert_webhook(self.world, self.users["owner"], self.ids["list_id"])
        await self._make_guests()

    async def _make_callers(self) -> None:
        world, users = self.world, self.users
        for name in CALLERS[1 : CALLERS.index("read_token")]:
            role = SiteRole(name) if name in ("moderator", "admin") else SiteRole.USER
            users[name] = await world.user(name, site_role=role)
        roles = [(users[role.value], role) for role in Role if role is not Role.OWNER]
        list_id = await world.list(users["owner"], *roles, (users["removed"], Role.EDITOR))
        # They have a role in the list, so that only the state of their account can refuse them.
        await world.run(remove_member, users["owner"], list_id, users["removed"].user_id)
        await world.list(users["other_owner"])
        for name, status in (("unverified", "pending"), ("disabled", "disabled")):
            async with world.resources.begin() as work:
                of_user = UserRow.id == users[name].user_id
                await work.connection.execute(update(UserRow).where(of_user).values(status=status))
        self.ids |= {"list_id": list_id, "user_id": users["viewer"].user_id}
        self.ids["session_id"] = users["owner"].session_id
        self.ids["import_id"] = await insert_import(world, users["owner"])
        self.ids["export_id"] = await insert_export(world, users["owner"])

    async def _fill_list(self) -> None:
        list_id = self.ids["list_id"]
        daily = {"due": {"date": "2030-01-01"}, "repeat": {"rule": "FREQ=DAILY"}}
        todo = await self._make("/todos", {"list_id": list_id, "title": "Milk", **daily})
        self.ids["todo_id"] = todo
        self.ids["label_id"] = await self._make(f"/lists/{list_id}/labels", {"name": "Shop"})
        self.ids["personal_label_id"] = await self._make("/personal-labels", {"name": "Mine"})
        self.ids["folder_id"] = await self._make("/folders", {"name": "Home"})
        self.ids["comment_id"] = await self._make(f"/todos/{todo}/comments", {"body": "Fresh."})
        self.ids["attachment_id"] = await insert_attachment(
            self.world.resources, self.users["owner"], todo, with_thumbnail=True
        )
        self.ids["emoji"] = EMOJI
        self.ids["reminder_id"] = await self._make(
            f"/todos/{todo}/reminders", {"at": "2030-01-01T09:00:00Z"}
        )
        self.ids["invitation_id"] = await self._make(
            f"/lists/{list_id}/invitations", {"email": "eve@example.com", "role": "viewer"}
        )

    async def _make_tokens(self) -> None:
        resources, owner = self.world.resources, self.users["owner"]
        other_list = await self.world.list(owner, name="Another")
        lists = {"list_token": ListId(self.ids["list_id"]), "other_list_token": other_list}
        now = resources.clock.now()
        for name, (user, scope) in TOKENS.items():
            self.tokens[name] = await insert_api_token(
                resources,
                self.users[user],
                scope,
                lists=(lists[name],) if name in lists else None,
                expires_at=now - timedelta(seconds=1) if name == "expired_token" else None,
            )
        await self.world.run(revoke_api_token, owner, self.tokens["revoked_token"].id)
        self.ids["token_id"] = (await insert_api_token(resources, owner)).id
        self.ids["passkey_id"] = await insert_passkey(resources, owner)
        self.ids |= await insert_application(self.world, owner)
        self.ids |= await insert_feed(self.world, owner, ListId(self.ids["list_id"]))
        await self.world.run(create_address, owner, ListId(self.ids["list_id"]), "in.example.org")
        self.ids["provider"] = "corp"
        of_owner = ExternalIdentityRow.user_id == owner.user_id
        async with resources.begin() as work:
            await insert_identity(
                work, Identity("https://id.example.org", owner.user_id), owner.user_id
            )
            found = await work.connection.scalar(select(ExternalIdentityRow.id).where(of_owner))
        self.ids["identity_id"] = str(found)

    async def _make_guests(self) -> None:
        resources, list_id = self.world.resources, ListId(self.ids["list_id"])
        for caller, role in GUESTS.items():
            link = await make_link(resources, self.users["owner"], list_id, role)
            self.guests[caller] = await make_guest(resources, link)
            if caller == "ended_guest":
                await self.world.run(revoke_link, self.users["owner"], list_id, link.id)
            else:
                self.ids["link_id"] = link.id

    async def _make(self, path: str, body: dict[str, Any]) -> str:
        answer = await self.client.post(API + path, json=body, headers=self.headers("owner"))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def headers(self, caller: str) -> dict[str, str]:
        if caller == "anonymous":
            return {}
        if caller in self.tokens:
            return self.tokens[caller].headers
        if caller in self.guests:
            return self.guests[caller].headers
        actor = self.users[caller]
        now = self.world.resources.clock.now()
        token, _ = make_access_token(self.settings, actor.user_id, actor.session_id, now)
        return {"Authorization": f"Bearer {token}"}

    async def send(self, route: str, caller: str, ids: Mapping[str, str]) -> httpx.Response:
        method, path = route.split()
        body = filled(ROUTES[route], ids)
        accept = {"Accept": EventStreamResponse.media_type} if method == STREAM else {}
        return await self.client.request(
            "GET" if method == STREAM else method,
            API + path.format_map(ids) + QUERIES.get(route, ""),
            json=body,
            content=b"Milk" if route in FILE_ROUTES else None,
            headers=self.headers(caller) | accept | (FILE if route in FILE_ROUTES else {}),
        )

    async def send_while_cached(self, route: str, caller: str) -> httpx.Response:
        """Send the request right after a read that every live API token or guest is allowed."""
        read = f"/lists/{self.ids['list_id']}" if caller in GUESTS else "/lists"
        await self.client.get(API + read, headers=self.headers(caller))
        return await self.send(route, caller, self.ids)

    async def events(self) -> int:
        async with self.world.resources.begin_read() as read:
            count = select(func.count()).select_from(EventRow)
            return int(await read.connection.scalar(count))


def routes_of_the_api() -> set[str]:
    """Return every route under /api/v1, named as in ROUTES."""
    return {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in (*sorted(route.methods or ()), *([STREAM] if _streams(route) else []))
    }


def _streams(route: APIRoute) -> bool:
    return EventStreamResponse.media_type in route.responses.get(200, {}).get("content", {})


def filled(body: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(body, dict):
        return {key: filled(value, ids) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(value, ids) for value in body]
    return body.format_map(ids) if isinstance(body, str) else body
