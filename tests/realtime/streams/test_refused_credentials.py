"""Whatever makes requests of a credential be refused ends its sockets and event streams too.

A table of changes by kind of credential; each row is tried on a socket and on two event streams.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from shared.accounts.administration import AccountEdit, edit_as_operator, edit_user
from shared.accounts.api_tokens import revoke_api_token
from shared.accounts.authentication.sessions import (
    REFRESH_GRACE_SECONDS,
    refresh,
    revoke_other_sessions,
    sign_out,
)
from shared.accounts.external_identities import Identity, insert_identity
from shared.accounts.password_change import change_password, forgot_password, reset_password
from shared.accounts.personal_data.deletion import request_deletion
from shared.accounts.provider_sign_in.linking import unlink_identity
from shared.accounts.second_factors.removal import reset_as_operator
from shared.accounts.second_factors.totp import begin_totp, confirm_totp
from shared.actor import Actor
from shared.contract.frames import Close
from shared.contract.shapes import Role, SiteRole
from shared.contract.share_links import LinkRole
from shared.errors import Unauthenticated
from shared.ids import ListId
from shared.members.commands import change_role, remove_member
from shared.resources import Resources
from shared.settings import Settings
from shared.share_links.links import LinkEdit, edit_link, revoke_link
from shared.signed_links import Purpose
from shared.tables.accounts import ExternalIdentityRow, RefreshTokenRow
from tests.support.api_server import InProcessNode, served
from tests.support.api_tokens import InsertedToken, insert_api_token
from tests.support.deadlines import http_client
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.realtime.sse_client import events_path, request_to
from tests.support.realtime.websocket_client import socket_to, token_of
from tests.support.registration import LAPTOP, PASSWORD, PHONE, Registrar
from tests.support.services.issuer import Issuer
from tests.support.settings import changed_settings
from tests.support.share_links import MadeGuest, MadeLink, make_guest, make_link
from tests.support.world_builder import World

API = "/api/v1"
ANA = "ana@example.com"


@dataclass
class Scene:
    """Ana, who owns a list, and each kind of credential that reaches it."""

    resources: Resources
    issuer: Issuer
    ana: Actor
    refresh_token: str
    admin: Actor
    list_id: ListId
    api_token: InsertedToken
    identity_id: str
    link: MadeLink
    guest: MadeGuest

    @property
    def registrar(self) -> Registrar:
        return Registrar(self.resources)

    @property
    def world(self) -> World:
        return World(self.resources)

    def credential(self, kind: str) -> str:
        return {
            "session": lambda: token_of(self.resources, self.ana),
            "API token": lambda: self.api_token.text,
            "issuer's JWT": lambda: self.issuer.token(),
            "guest": lambda: self.guest.token,
        }[kind]()

    # What refuses requests

    async def signed_out(self) -> None:
        await self.world.run(sign_out, self.ana)

    async def signed_out_from_elsewhere(self) -> None:
        await self.world.run(revoke_other_sessions, await self.world.another_session(self.ana))

    async def refresh_token_copied(self) -> None:
        await refresh(self.resources, self.refresh_token, LAPTOP)
        async with self.resources.begin() as work:
            past = work.now - timedelta(seconds=REFRESH_GRACE_SECONDS + 1)
            await work.connection.execute(
                update(RefreshTokenRow)
                .where(RefreshTokenRow.used_at.is_not(None))
                .values(used_at=past)
            )
        with pytest.raises(Unauthenticated):
            await refresh(self.resources, self.refresh_token, PHONE)

    async def password_changed_elsewhere(self) -> None:
        other = await self.world.another_session(self.ana)
        await change_password(self.resources, other, PASSWORD, "another quiet lamp")

    async def password_reset(self) -> None:
        await forgot_password(self.resources, ANA, PHONE)
        token = await self.registrar.newest_link_token(Purpose.RESET_PASSWORD, ANA)
        await reset_password(self.resources, token, "another quiet lamp", PHONE)

    async def disabled(self) -> None:
        await self.world.run(edit_user, self.admin, self.ana.user_id, AccountEdit(disabled=True))

    async def deletion_requested(self) -> None:
        await self.world.run(request_deletion, self.ana, 7)

    async def deleted(self) -> None:
        await self.world.run(request_deletion, self.ana, 0)

    async def made_an_administrator(self) -> None:
        """The site requires a second factor of administrators, and Ana has none."""
        await self.world.run(edit_as_operator, ANA, AccountEdit(site_role=SiteRole.ADMIN))

    async def factors_reset_by_the_operator(self) -> None:
        await self.second_factor_set_up()
        await self.made_an_administrator()
        await self.world.run(reset_as_operator, ANA)

    async def second_factor_set_up(self) -> None:
        settings = self.resources.settings
        new = await self.world.run(begin_totp, settings, self.ana)
        code = pyotp.TOTP(new.secret).at(self.resources.clock.now())
        await self.world.run(confirm_totp, settings, self.ana, code)

    async def token_revoked(self) -> None:
        await self.world.run(revoke_api_token, self.ana, self.api_token.id)

    async def unlinked(self) -> None:
        settings = self.resources.settings
        await self.world.run(unlink_identity, settings, self.ana, self.identity_id)

    async def link_revoked(self) -> None:
        await self.world.run(revoke_link, self.ana, self.list_id, self.link.id)

    async def link_password_set(self) -> None:
        edit = LinkEdit(frozenset({"password_hash"}), password_hash="!")
        await self.world.run(edit_link, self.ana, self.list_id, self.link.id, edit)

    async def guest_removed(self) -> None:
        await self.world.run(remove_member, self.ana, self.list_id, self.guest.actor.user_id)

    async def maker_demoted(self) -> None:
        await self.world.run(change_role, self.admin, self.list_id, self.ana.user_id, Role.EDITOR)


Change = Callable[[Scene], Awaitable[None]]
OF_THE_ACCOUNT: list[Change] = [Scene.disabled, Scene.deletion_requested, Scene.deleted]
TABLE: dict[str, list[Change]] = {
    "session": [
        *OF_THE_ACCOUNT,
        Scene.signed_out,
        Scene.signed_out_from_elsewhere,
        Scene.refresh_token_copied,
        Scene.password_changed_elsewhere,
        Scene.password_reset,
        Scene.made_an_administrator,
        Scene.factors_reset_by_the_operator,
    ],
    "API token": [
        *OF_THE_ACCOUNT,
        Scene.token_revoked,
        Scene.password_reset,
        Scene.made_an_administrator,
        Scene.factors_reset_by_the_operator,
    ],
    "issuer's JWT": [*OF_THE_ACCOUNT, Scene.unlinked, Scene.second_factor_set_up],
    "guest": [
        Scene.link_revoked,
        Scene.link_password_set,
        Scene.guest_removed,
        Scene.maker_demoted,
    ],
}
ROWS = [
    pytest.param(kind, change, id=f"{kind}: {change.__name__.replace('_', ' ')}")
    for kind, changes in TABLE.items()
    for change in changes
]
# The credential is as good as before, but a second factor is missing: a client is to ask for a new ticket,
# and learns so from its refusal.
LACKS_A_FACTOR = (
    ("session", Scene.made_an_administrator),
    ("API token", Scene.made_an_administrator),
    ("API token", Scene.factors_reset_by_the_operator),
    ("issuer's JWT", Scene.second_factor_set_up),
)


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer() as started:
        yield started


@pytest_asyncio.fixture
async def server(settings: Settings, issuer: Issuer) -> AsyncIterator[InProcessNode]:
    changed = changed_settings(
        settings,
        trusted_issuers=json.dumps([issuer.setting()]),
        require_second_factor="administrators",
    )
    async with served(changed) as opened:
        yield opened


@pytest_asyncio.fixture
async def scene(server: InProcessNode, issuer: Issuer) -> Scene:
    # Those of the server, whose cache of actors then forgets at once who is refused.
    resources: Resources = server.app.state.resources
    world = World(resources)
    tokens = await Registrar(resources).register_and_verify(ANA)
    ana, admin = tokens.actor, await world.user("Root", site_role=SiteRole.ADMIN)
    list_id = await world.list(ana, (admin, Role.OWNER))
    async with resources.begin() as work:
        await insert_identity(work, Identity(issuer.url, "subject-1"), ana.user_id)
        identity_id = await work.connection.scalar(select(ExternalIdentityRow.id))
    token = await insert_api_token(resources, ana)
    link = await make_link(resources, ana, list_id, LinkRole.EDITOR)
    guest = await make_guest(resources, link)
    return Scene(
        resources, issuer, ana, tokens.refresh_token, admin, list_id, token, str(identity_id), link,
        guest,
    )  # fmt: skip


@SQLITE_ONLY
@pytest.mark.parametrize(("kind", "change"), ROWS)
async def test_a_socket_and_event_streams_end_with_the_requests(
    server: InProcessNode, scene: Scene, kind: str, change: Change
) -> None:
    credential = scene.credential(kind)
    headers = {"Authorization": f"Bearer {credential}"}
    # A guest has no account, and so no stream of its own.
    path = events_path(scene.list_id)
    second = path if kind == "guest" else "/users/me/events"

    async with (
        http_client(server.url, headers) as client,
        socket_to(server.socket_url, hello={"token": credential}) as socket,
        request_to(server.port, path, headers) as of_list,
        request_to(server.port, second, headers) as own,
    ):
        before = await client.get(f"{API}{path.removesuffix('/events')}")
        for stream in (of_list, own):
            await stream.receive_named("subscribed")
        await change(scene)
        after = await client.get(f"{API}{path.removesuffix('/events')}")
        code = await socket.wait_closed()
        ends = [await stream.receive_end() for stream in (of_list, own)]

    assert before.status_code == 200
    # 404: the JWT of an issuer makes a new account after the deletion, which is no member.
    assert after.status_code in (401, 403, 404)
    lacks = (kind, change) in LACKS_A_FACTOR
    assert code == (Close.CREDENTIALS_EXPIRED if lacks else Close.REFUSED)
    assert {end.name for end in ends} <= {"closed", "unsubscribed"}
