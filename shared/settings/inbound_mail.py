"""Settings of mail that comes in: docs/email-to-list.md."""

from pydantic import Field, field_validator, model_validator

from shared.settings.hosts import Host
from shared.settings.subject import SubjectSettings
from shared.text import domain_a_label


class InboundMailSettings(SubjectSettings):
    domain: Host = Field(
        "",
        alias="INBOUND_MAIL_DOMAIN",
        description="Domain of the addresses to which users send mail; empty: no mail comes in.",
    )
    listen: str = Field(
        "",
        alias="INBOUND_MAIL_LISTEN",
        description="host:port at which a worker takes mail by LMTP or SMTP; empty: it does not.",
    )
    # As Postfix takes by default. A message is in memory while it is received.
    max_mebibytes: int = Field(
        10,
        alias="INBOUND_MAIL_MAX_MEBIBYTES",
        ge=1,
        le=50,
        description="The largest message that is taken. 1 to 50.",
    )

    @field_validator("domain")
    @classmethod
    def check_domain(cls, value: str) -> str:
        # Raises ValueError.
        return domain_a_label(value) if value else value

    @field_validator("listen")
    @classmethod
    def check_listen(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("must be an address and a port, such as 127.0.0.1:8024 or [::1]:8024")
        return value

    @model_validator(mode="after")
    def require_domain(self) -> "InboundMailSettings":
        if self.listen and not self.domain:
            raise ValueError("INBOUND_MAIL_LISTEN needs INBOUND_MAIL_DOMAIN")
        return self

    @property
    def max_bytes(self) -> int:
        return self.max_mebibytes * 1024 * 1024

    @property
    def listen_address(self) -> tuple[str, int]:
        """Return host and port. Only if `listen` is set."""
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)
