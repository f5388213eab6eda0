"""Settings of accounts: registration and how long a sign-in lasts."""

from enum import StrEnum

from pydantic import Field, field_validator

from shared.settings.subject import CommaSeparated, SubjectSettings
from shared.text import domain_a_label, domain_key


class RequiredOf(StrEnum):
    """Whose accounts must have a second factor."""

    NONE = "none"
    ADMINISTRATORS = "administrators"
    EVERYONE = "everyone"


class AccountSettings(SubjectSettings):
    registration_open: bool = Field(
        True,
        alias="REGISTRATION_OPEN",
        description="Whether anyone may register. Otherwise only those invited to a list may.",
    )
    allowed_email_domains: CommaSeparated = Field(
        (),
        alias="ALLOWED_EMAIL_DOMAINS",
        description="Domains of the addresses that accounts may have, separated by commas. "
        "Empty: all.",
    )
    audit_days: int = Field(
        180,
        alias="AUDIT_DAYS",
        ge=1,
        le=3650,
        description="How long the audit is kept, in days.",
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

    require_second_factor: RequiredOf = Field(
        RequiredOf.NONE,
        alias="REQUIRE_SECOND_FACTOR",
        description="Who must set up two-step verification to go on: none, administrators or everyone.",
    )

    account_deletion_grace_days: int = Field(
        7,
        alias="ACCOUNT_DELETION_GRACE_DAYS",
        ge=0,
        le=90,
        description="How long users who delete their account can change their mind, in days. "
        "0: it is deleted at once.",
    )
    data_export_max_mebibytes: int = Field(
        512,
        alias="DATA_EXPORT_MAX_MEBIBYTES",
        ge=1,
        le=65_536,
        description="The largest export of the data of one account, in MiB. It is stored for a "
        "week, in a fifth of this space.",
    )

    @property
    def data_export_max_bytes(self) -> int:
        return self.data_export_max_mebibytes * 1024 * 1024

    @field_validator("allowed_email_domains")
    @classmethod
    def check_domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Return the A-labels of the domains."""
        labels = tuple(map(domain_a_label, value))
        if any("." not in label or "@" in label for label in labels):
            raise ValueError("must be domains such as example.org, separated by commas")
        return labels

    def allows_address(self, email: str) -> bool:
        """Return True if an account may have this address. A subdomain is another domain."""
        allowed = self.allowed_email_domains
        return not allowed or domain_key(email.rpartition("@")[2]) in allowed
