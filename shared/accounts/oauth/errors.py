"""The error that a program gets from the OAuth endpoints (RFC 6749, section 5.2)."""

from typing import Literal

ErrorCode = Literal[
    "access_denied",
    "authorization_pending",
    "expired_token",
    "invalid_client",
    "invalid_client_metadata",
    "invalid_grant",
    "invalid_redirect_uri",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "slow_down",
    "unsupported_grant_type",
    "unsupported_response_type",
]


class OAuthError(Exception):
    """`code` is for programs; `description` is ASCII for developers, and never holds what was sent."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def invalid_grant() -> OAuthError:
    """Return the one answer to a code or token that is wrong, expired, used, or of another client."""
    return OAuthError(
        "invalid_grant", "It is wrong, expired or used already, or belongs to another request."
    )


def unknown_client() -> OAuthError:
    return OAuthError("invalid_client", "This client is not registered here. Register it again.")
