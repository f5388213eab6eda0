"""Settings of the mail server and the sender of every mail."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from shared.settings.hosts import Host
from shared.settings.subject import SubjectSettings
from shared.text import NotAcceptableError, name, validated_address


class MailSettings(SubjectSettings):
    server: Host = Field(
        "",
        alias="MAIL_SERVER",
        description="SMTP server. Without one, development keeps mail in DATA_DIR/mail and shows it at "
        "/dev/mail.",
    )
    port: int = Field(587, alias="MAIL_PORT", ge=1, le=65535, description="SMTP port.")
    username: str = Field("", alias="MAIL_USERNAME", description="SMTP user; empty: no sign-in.")
    password: SecretStr = Field(SecretStr(""), alias="MAIL_PASSWORD", description="SMTP password.")
    starttls: bool = Field(
        True,
        alias="MAIL_STARTTLS",
        description="Whether the connection is upgraded with STARTTLS.",
    )
    ssl_tls: bool = Field(
        False,
        alias="MAIL_SSL_TLS",
        description="Whether the connection is TLS from the start (port 465).",
    )
    sender_address: str = Field(
        "livelist@localhost.localdomain",
        alias="MAIL_FROM",
        description="Sender address of every mail.",
    )
    sender_name: str = Field(
        "", alias="MAIL_FROM_NAME", description="Sender name of every mail. Default: SITE_NAME."
    )

    @field_validator("sender_name")
    @classmethod
    def check_sender_name(cls, value: str) -> str:
        return name(value)

    @field_validator("sender_address")
    @classmethod
    def check_sender(cls, value: str) -> str:
        try:
            return validated_address(value).normalized
        except NotAcceptableError:
            raise ValueError("must be an e-mail address such as todo@example.com") from None

    @property
    def folder(self) -> Path:
        """Folder of the mails that development writes instead of sending them."""
        return self.data_dir / "mail"

    def unsafe_values(self) -> Iterator[str]:
        if not self.server:
            yield "MAIL_SERVER must be set: people cannot verify their address without mail"
        domain = self.sender_address.rpartition("@")[2]
        if domain == "localhost" or domain.endswith((".localhost", ".localdomain")):
            yield "MAIL_FROM must be an address of your domain: servers reject mail from this machine"
