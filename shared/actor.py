"""Who acts. Every command is given one, by whichever door the wish came through."""

from dataclasses import dataclass

from shared.contract.shapes import SiteRole
from shared.ids import SessionId, UserId


@dataclass(frozen=True)
class Actor:
    """A signed-in, active, verified account. `address` is where the wish came from, for the audit."""

    user_id: UserId
    name: str
    session_id: SessionId
    site_role: SiteRole = SiteRole.USER
    address: str = ""
