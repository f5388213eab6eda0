"""Settings of the keys that sign access tokens and links in mails."""

import secrets
from collections.abc import Iterator

from pydantic import Field, SecretStr

from shared.settings import development_secrets
from shared.settings.subject import SubjectSettings

# HS256 needs a key at least as long as its hash (RFC 7518, 3.2).
SECRET_BYTES = 32
# A key of fewer different characters was not made at random.
MIN_DIFFERENT_CHARACTERS = 8


class SecretSettings(SubjectSettings):
    secret_key: SecretStr = Field(
        SecretStr(""),
        alias="SECRET_KEY",
        description="At least 32 bytes; signs tokens and links. Development makes DATA_DIR/secret.",
    )
    previous_secret_key: SecretStr = Field(
        SecretStr(""),
        alias="PREVIOUS_SECRET_KEY",
        description="The key before SECRET_KEY, still accepted during a rotation.",
    )

    def signing_keys(self) -> tuple[bytes, ...]:
        """Return the keys that sign and check tokens and links, the current one first."""
        current = self.secret_key.get_secret_value() or development_secrets.read_or_create(
            self.data_dir / "secret", lambda: secrets.token_urlsafe(48)
        )
        previous = self.previous_secret_key.get_secret_value()
        return tuple(key.encode() for key in (current, previous) if key)

    def unsafe_values(self) -> Iterator[str]:
        current = self.secret_key.get_secret_value()
        previous = self.previous_secret_key.get_secret_value()
        if _is_short(current):
            yield "SECRET_KEY must be set to at least 32 bytes: ./livelist secret prints one"
        # A key that is missing is reported once, as too short.
        if current and _is_repetitive(current):
            yield "SECRET_KEY repeats a few characters; use a random one: ./livelist secret prints one"
        # Whatever is signed with the previous key is accepted too.
        if previous and (_is_short(previous) or _is_repetitive(previous)):
            yield "PREVIOUS_SECRET_KEY must be as strong as SECRET_KEY, or not set"


def _is_short(key: str) -> bool:
    return len(key.encode()) < SECRET_BYTES


def _is_repetitive(key: str) -> bool:
    return len(set(key)) < MIN_DIFFERENT_CHARACTERS
