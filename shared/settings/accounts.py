"""Settings of accounts: registration and how long a sign-in lasts."""

from pydantic import Field

from shared.settings.subject import SubjectSettings


class AccountSettings(SubjectSettings):
    registration_open: bool = Field(
        True, alias="REGISTRATION_OPEN", description="Whether anyone may register."
    )
    access_token_minutes: int = Field(
        15,
        alias="ACCESS_TOKEN_MINUTES",
        ge=1,
        le=1440,
        description="How long an access token lives.",
    )
    session_days: int = Field(
        30, alias="SESSION_DAYS", ge=1, le=365, description="How long a sign-in lasts unused."
    )
