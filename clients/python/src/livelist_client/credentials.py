"""What signs the client in: a token that stays as it is, or one that can be renewed."""

from dataclasses import dataclass
from typing import Protocol


class Credentials(Protocol):
    """The source of the bearer token of requests and sockets."""

    @property
    def token(self) -> str:
        """The present token."""

    async def renew(self) -> bool:
        """Get a newer token after the server refused this one. Return False if that is impossible."""


@dataclass(frozen=True)
class Token:
    """An API token (`llt_…`) or an access token. It cannot be renewed."""

    token: str

    async def renew(self) -> bool:
        return False
