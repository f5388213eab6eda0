"""Shapes of sessions: the devices that are signed in."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape


class SignInMethod(StrEnum):
    """How a session began."""

    PASSWORD = "password"  # noqa: S105
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105
    PASSWORD_AND_RECOVERY_CODE = "password_and_recovery_code"  # noqa: S105
    PASSWORD_AND_PASSKEY = "password_and_passkey"  # noqa: S105
    PASSKEY = "passkey"
    PROVIDER = "provider"
    EMAIL_LINK = "email_link"
    # A session of a release that did not record it.
    UNKNOWN = "unknown"


class SessionShape(Shape):
    id: str
    user_agent: str = Field(description="As the client sent it; empty if it sent none.")
    device: str = Field(description="The browser and the system in words, from the user agent.")
    address: str = Field(description="The network address that used it last.")
    current: bool = Field(description="True for the session that makes the request.")
    sign_in_method: SignInMethod
    created_at: Instant
    last_used_at: Instant = Field(
        description="When it last got an access token: exact to the lifetime of one, 15 minutes."
    )
    expires_at: Instant
