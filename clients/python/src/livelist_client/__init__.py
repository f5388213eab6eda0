"""The Python client of Livelist: REST with typed results, and lists that follow every change."""

from livelist_client.client import Client
from livelist_client.credentials import Credentials, Token
from livelist_client.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LiveEnded,
    LivelistError,
    NotFound,
    NotSignedIn,
    OutboxFull,
    ProblemError,
    RateLimited,
    SignedOut,
    Unreachable,
)
from livelist_client.limits import Limits
from livelist_client.live.changes import Change, ChangeKind
from livelist_client.live.live import Live
from livelist_client.live.pending import PendingWrite
from livelist_client.live.state import ListContent, State
from livelist_client.oauth import OAuthCredentials, OAuthRefused, OAuthSite, OAuthTokens
from livelist_client.version import VERSION

__all__ = [
    "VERSION",
    "Change",
    "ChangeKind",
    "Client",
    "Conflict",
    "Credentials",
    "Forbidden",
    "Invalid",
    "Limits",
    "ListContent",
    "Live",
    "LiveEnded",
    "LivelistError",
    "NotFound",
    "NotSignedIn",
    "OAuthCredentials", "OAuthRefused",
    "OAuthSite", "OAuthTokens", "OutboxFull",
    "PendingWrite",
    "ProblemError",
    "RateLimited",
    "SignedOut",
    "State",
    "Token",
    "Unreachable",
]  # fmt: skip
