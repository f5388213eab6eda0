"""Share links and guests, made by the commands of the product."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from shared import signed_links
from shared.accounts.authentication.guests import LinkProof, find_guest_bearer, join_by_link
from shared.actor import Actor
from shared.contract.share_links import LinkRole
from shared.ids import ListId, ShareLinkId
from shared.resources import Resources
from shared.share_links.links import NewLink, create_link
from shared.signed_links import Purpose
from shared.tables.share_links import ShareLinkRow

# For the permission matrix.
SHARE_LINK_ROUTES: dict[str, Any] = {
    "GET /lists/{list_id}/links": None,
    "POST /lists/{list_id}/links": {"name": "New", "role": "editor"},
    "PATCH /lists/{list_id}/links/{link_id}": {"name": "New"},
    "DELETE /lists/{list_id}/links/{link_id}": None,
    "POST /share-links/open": {"token": "wrong"},
    "POST /share-links/join": {"token": "wrong", "name": "No"},
}


@dataclass(frozen=True)
class MadeLink:
    id: ShareLinkId
    token: str


@dataclass(frozen=True)
class MadeGuest:
    actor: Actor
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class UncountedAttempts:
    """Attempts at passwords that nobody counts."""

    async def take(self, link_id: ShareLinkId) -> None: ...

    async def refund(self, link_id: ShareLinkId) -> None: ...


async def make_link(
    resources: Resources,
    owner: Actor,
    list_id: ListId,
    role: LinkRole = LinkRole.EDITOR,
    *,
    password_hash: str | None = None,
    expires_at: datetime | None = None,
) -> MadeLink:
    async with resources.begin() as work:
        new = NewLink("Party", role, password_hash, expires_at)
        link_id = await create_link(work, owner, list_id, new)
        nonce = await work.connection.scalar(
            select(ShareLinkRow.nonce).where(ShareLinkRow.id == link_id)
        )
    keys = resources.settings.secrets.signing_keys()
    return MadeLink(link_id, signed_links.make(keys, Purpose.SHARE_LIST, link_id, str(nonce)))


async def make_guest(resources: Resources, link: MadeLink, name: str = "Gil") -> MadeGuest:
    session = await join_by_link(
        resources,
        LinkProof(link.token, ""),
        UncountedAttempts(),
        name=name,
        time_zone="UTC",
    )
    bearer = await find_guest_bearer(resources, session.token)
    return MadeGuest(bearer.actor, session.token)
