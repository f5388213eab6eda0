"""Settings of the keys that sign access tokens and links in mails."""

import math
import secrets
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field, SecretStr

from shared.settings import development_secrets
from shared.settings.subject import SubjectSettings

# HS256 needs a key at least as long as its hash (RFC 7518, 3.2).
SECRET_BYTES = 32
# 32 random hexadecimal digits, the weakest key that people make at random, have 100 to 128.
MIN_ENTROPY_BITS = 80
# Words of the keys in tutorials and example files. Letters only, in lower case: `Change-Me_1` is found.
# In 64 random characters the shortest of them occurs once in ten million keys.
KNOWN_WORDS = (
    "changeme", "changethis", "replaceme", "replacethis", "yoursecret", "secret", "supersecure",
    "password", "passphrase", "insecure", "example", "default", "development", "livelist",
    "abcdefg", "qwerty", "letmein", "correcthorse", "loremipsum",
)  # fmt: skip


_SIGNS_FOR_LETTERS = str.maketrans("@0135$", "aoiess")


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
        elif (reason := _weakness(current)) is not None:
            yield f"SECRET_KEY {reason}; use a random one: ./livelist secret prints one"
        # Whatever is signed with the previous key is accepted too.
        if previous and (_is_short(previous) or _weakness(previous) is not None):
            yield "PREVIOUS_SECRET_KEY must be as strong as SECRET_KEY, or not set"


def _is_short(key: str) -> bool:
    return len(key.encode()) < SECRET_BYTES


def _weakness(key: str) -> str | None:
    """Return why an attacker may guess `key`, or None for a key that looks random."""
    spelled = key.lower().translate(_SIGNS_FOR_LETTERS)
    letters = "".join(character for character in spelled if character.isalpha())
    if any(word in letters for word in KNOWN_WORDS):
        return "contains a known word or phrase"
    if (key + key).find(key, 1) < len(key):
        return "repeats a shorter text"
    # A random key of this length has next to no neighbours.
    steps = [ord(right) - ord(left) for left, right in pairwise(key)]
    if sum(abs(step) <= 1 for step in steps) > len(steps) / 2:
        return "is a sequence of characters"
    if _entropy_bits(key) < MIN_ENTROPY_BITS:
        return "has too few different characters"
    return None


def _entropy_bits(text: str) -> float:
    """Return the length of `text` times the Shannon entropy of its characters."""
    counts = Counter(text).values()
    return -sum(count * math.log2(count / len(text)) for count in counts)
