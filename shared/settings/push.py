"""Settings of push notifications to browsers."""

from collections.abc import Iterator

from pydantic import Field, SecretStr, field_validator

from shared import base64url
from shared.ids import new_p256_key
from shared.settings import development_secrets
from shared.settings.subject import SubjectSettings


class PushSettings(SubjectSettings):
    vapid_private_key: SecretStr = Field(
        SecretStr(""),
        alias="VAPID_PRIVATE_KEY",
        description="Signs pushes to browsers; ./livelist secret --vapid prints one. Without it production "
        "pushes nothing; development makes DATA_DIR/vapid.",
    )
    to_private_addresses: bool = Field(
        False,
        alias="PUSH_TO_PRIVATE_ADDRESSES",
        description="Whether pushes may go to http and to this network. For development and tests only.",
    )

    @field_validator("vapid_private_key")
    @classmethod
    def check_vapid_key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        try:
            number = base64url.decode(key)
        except ValueError:
            number = b""
        # As new_p256_key makes them: neither 0, nor near the order of the curve.
        if key and (len(number) != 32 or not any(number) or number.startswith(b"\xff" * 4)):
            raise ValueError("must be what ./livelist secret --vapid prints")
        return value

    def private_key(self) -> str:
        """Return the private key that signs pushes; empty where no pushes are sent."""
        given = self.vapid_private_key.get_secret_value()
        if given or self.in_production:
            return given
        return development_secrets.read_or_create(self.data_dir / "vapid", new_p256_key)

    def unsafe_values(self) -> Iterator[str]:
        if self.to_private_addresses:
            yield (
                "PUSH_TO_PRIVATE_ADDRESSES lets whoever subscribes make us call machines of this network"
            )
