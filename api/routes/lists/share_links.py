"""Routes of share links: manage them, open one, join by one. docs/share-links.md.

None takes an Idempotency-Key: a saved response would store a token or answer for a password.
"""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from api.http import rate_limits
from api.http.dependencies import ClientAddress, CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.rate_limits import Limits, RequestLimits
from api.http.responses import json_response
from api.routes.account.account_fields import LinkToken, NewPassword, Password, ZoneName, absent
from shared import signed_links
from shared.accounts.authentication import guests, passwords
from shared.accounts.authentication.guests import LinkProof
from shared.actor import Actor
from shared.contract.base import Body, SentInstant
from shared.contract.shapes import Items
from shared.contract.share_links import (
    GuestSessionShape,
    LinkPreviewShape,
    LinkRole,
    ShareLinkShape,
)
from shared.errors import NotFound
from shared.ids import ListId, ShareLinkId
from shared.resources import Resources
from shared.share_links import links
from shared.share_links.links import LinkEdit, NewLink
from shared.share_links.rules import MAX_GUEST_NAME
from shared.text import name

router = APIRouter(tags=["share links"])
LinkName = Annotated[
    str,
    Field(max_length=100),
    AfterValidator(name),
    StringConstraints(min_length=1, max_length=100),
]
GuestName = Annotated[
    str,
    Field(max_length=MAX_GUEST_NAME),
    AfterValidator(name),
    StringConstraints(min_length=1, max_length=MAX_GUEST_NAME),
]


class NewShareLinkBody(Body):
    name: LinkName = Field(description="For the owners, to tell their links apart.")
    role: LinkRole
    password: NewPassword | None = Field(default=None, description="Asked for before joining.")
    expires_at: SentInstant | None = Field(
        default=None, description="Absent or null: the link works until it is revoked."
    )


class ShareLinkEditBody(Body):
    """An absent field stays as it is. Another role holds at once; a new password ends all guests."""

    name: LinkName = Field(default_factory=absent)
    role: LinkRole = Field(default_factory=absent)
    password: NewPassword | None = Field(default=None, description="Null: no password.")
    expires_at: SentInstant | None = Field(default=None, description="Null: no end.")


class LinkProofBody(Body):
    token: LinkToken
    password: Password | None = None

    def proof(self, address: str) -> LinkProof:
        password = self.password.get_secret_value() if self.password else None
        return LinkProof(self.token, address, password)


class JoinBody(LinkProofBody):
    name: GuestName = Field(description="How the guest appears, followed by “(guest)”.")
    time_zone: ZoneName = "UTC"


@router.get("/lists/{list_id}/links", responses=problem_responses(401, 403, 404))
async def read_share_links(
    resources: OpenResources, actor: CurrentActor, list_id: PathId
) -> Items[ShareLinkShape]:
    """List the share links of a list, oldest first, for its owners; revoked ones are left out."""
    return Items(items=tuple(await _read_all(resources, actor, list_id)))


@router.post(
    "/lists/{list_id}/links",
    status_code=201,
    response_model=ShareLinkShape,
    responses=problem_responses(401, 403, 404, 409, 422, 429, 503),
)
async def create_share_link(
    resources: OpenResources,
    limits: Limits,
    actor: CurrentActor,
    list_id: PathId,
    body: NewShareLinkBody,
) -> Response:
    """Create a share link, by which people without an account use the list."""
    await limits.take(rate_limits.SHARE_LINK_EDIT, account=actor.user_id)
    password_hash = None
    if body.password is not None:
        # First: who may make no more links must not make this process hash.
        links.require_room(len(await _read_all(resources, actor, list_id)))
        password_hash = await _hash(actor, body.password)
    new = NewLink(body.name, body.role, password_hash, body.expires_at)
    async with resources.begin() as work:
        link_id = await links.create_link(work, actor, ListId(list_id), new)
    shape = await _read(resources, actor, list_id, link_id)
    return json_response(shape, 201, {"Cache-Control": "no-store"})


@router.patch(
    "/lists/{list_id}/links/{link_id}",
    response_model=ShareLinkShape,
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
async def edit_share_link(
    resources: OpenResources,
    limits: Limits,
    actor: CurrentActor,
    list_id: PathId,
    link_id: PathId,
    body: ShareLinkEditBody,
) -> Response:
    """Change a share link, and return it."""
    await limits.take(rate_limits.SHARE_LINK_EDIT, account=actor.user_id)
    sent = {"password_hash" if it == "password" else it for it in body.model_fields_set}
    password_hash = None
    if body.password is not None:
        await _read(resources, actor, list_id, link_id)
        password_hash = await _hash(actor, body.password)
    edit = LinkEdit(frozenset(sent), body.name, body.role, password_hash, body.expires_at)
    async with resources.begin() as work:
        await links.edit_link(work, actor, ListId(list_id), ShareLinkId(link_id), edit)
    shape = await _read(resources, actor, list_id, link_id)
    return json_response(shape, 200, {"Cache-Control": "no-store"})


@router.delete(
    "/lists/{list_id}/links/{link_id}",
    status_code=204,
    responses=problem_responses(401, 403, 404, 429),
)
async def revoke_share_link(
    resources: OpenResources, limits: Limits, actor: CurrentActor, list_id: PathId, link_id: PathId
) -> Response:
    """Revoke a share link. Its guests are out at once, and their sockets are closed."""
    await limits.take(rate_limits.SHARE_LINK_REVOKE, account=actor.user_id)
    async with resources.begin() as work:
        await links.revoke_link(work, actor, ListId(list_id), ShareLinkId(link_id))
    return Response(status_code=204)


@router.post("/share-links/open", responses=problem_responses(403, 404, 422, 429, 503))
async def open_share_link(
    resources: OpenResources, limits: Limits, address: ClientAddress, body: LinkProofBody
) -> LinkPreviewShape:
    """Read what a share link leads to, with its token and, if it has one, its password."""
    await limits.take(rate_limits.SHARE_LINK_OPEN)
    return await guests.open_link(resources, body.proof(address), _PasswordAttempts(limits))


@router.post(
    "/share-links/join",
    status_code=201,
    response_model=GuestSessionShape,
    responses=problem_responses(403, 404, 409, 422, 429, 503),
)
async def join_by_share_link(
    resources: OpenResources, limits: Limits, address: ClientAddress, body: JoinBody
) -> Response:
    """Become a guest of the list, for a week at most. The token is in this answer only."""
    # The claimed id, which is that of the link unless the token is refused below.
    claimed_id = signed_links.row_id_in(body.token) or ""
    await limits.take(rate_limits.SHARE_LINK_OPEN)
    await limits.take(rate_limits.SHARE_LINK_JOIN, account=claimed_id)
    session = await guests.join_by_link(
        resources,
        body.proof(address),
        _PasswordAttempts(limits),
        name=body.name,
        time_zone=body.time_zone,
    )
    return json_response(session, 201, {"Cache-Control": "no-store"})


class _PasswordAttempts:
    def __init__(self, limits: RequestLimits) -> None:
        self._limits = limits

    async def take(self, link_id: ShareLinkId) -> None:
        await self._limits.take(rate_limits.SHARE_LINK_PASSWORD, account=link_id)

    async def refund(self, link_id: ShareLinkId) -> None:
        await self._limits.refund(rate_limits.SHARE_LINK_PASSWORD, account=link_id)


async def _hash(actor: Actor, password: SecretStr) -> str:
    passwords.check_acceptable(password.get_secret_value())
    return await passwords.hash_password(
        password.get_secret_value(), passwords.of_account(actor.user_id)
    )


async def _read_all(resources: Resources, actor: Actor, list_id: str) -> list[ShareLinkShape]:
    keys = resources.settings.secrets.signing_keys()
    async with resources.single_read() as read:
        return await links.read_links(read, actor, ListId(list_id), keys)


async def _read(resources: Resources, actor: Actor, list_id: str, link_id: str) -> ShareLinkShape:
    for link in await _read_all(resources, actor, list_id):
        if link.id == link_id:
            return link
    raise NotFound
