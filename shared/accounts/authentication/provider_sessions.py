"""Which session of which provider began a session of ours, so that its logout can end it.

A sign-in with a second factor carries it in its challenge until the session begins.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import insert

from shared.ids import SessionId
from shared.tables.providers import ProviderSessionRow
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ProviderSession:
    """`sid` is what the provider calls its session, if it says."""

    issuer: str
    subject: str
    sid: str | None


async def remember_provider_session(
    work: UnitOfWork, session_id: SessionId, provider_session: ProviderSession
) -> None:
    """Note by which session of a provider a session began."""
    values = {"session_id": session_id} | asdict(provider_session)
    await work.connection.execute(insert(ProviderSessionRow).values(**values))
