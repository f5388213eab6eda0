"""Fields of request bodies that describe an account: address, password, name, zone, language."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from shared.accounts import rules
from shared.accounts.authentication import passwords
from shared.languages.catalogues import languages
from shared.text import LOCALE_PATTERN, MAX_LOCALE, NotAcceptableError, clean, name, one_line

Email = Annotated[
    str,
    Field(max_length=rules.MAX_EMAIL_LENGTH, json_schema_extra={"format": "email"}),
    AfterValidator(rules.parse_email_address),
]
# An address to sign in with. Any form is accepted: a malformed one is answered like an unknown one.
TypedEmail = Annotated[str, Field(max_length=rules.MAX_EMAIL_LENGTH), AfterValidator(one_line)]
# Bounded before hashing, but longer than the longest acceptable password, so that the password rule
# reports the error.
Password = Annotated[SecretStr, Field(max_length=1024)]
NewPassword = Annotated[
    SecretStr,
    Field(
        max_length=1024,
        # In the document only, as the password rule reports the error.
        json_schema_extra={"minLength": passwords.MIN_LENGTH, "maxLength": passwords.MAX_LENGTH},
        description=f"{passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters, not a common one.",
    ),
]
# Bounded before and after normalisation, which can lengthen or empty a text (shared/text.py).
PersonName = Annotated[
    str,
    Field(max_length=100),
    AfterValidator(name),
    StringConstraints(min_length=1, max_length=100),
]
Bio = Annotated[
    str, Field(max_length=1000), AfterValidator(clean), StringConstraints(max_length=1000)
]
AvatarUrl = Annotated[
    str,
    Field(max_length=500),
    AfterValidator(rules.parse_avatar_url),
    StringConstraints(max_length=500),
]
ZoneName = Annotated[str, Field(max_length=64), AfterValidator(rules.parse_time_zone)]
Locale = Annotated[
    str,
    Field(
        max_length=MAX_LOCALE,
        pattern=LOCALE_PATTERN,
        description="A language tag (BCP 47), such as en or pt-BR.",
    ),
]
# The token of a mailed link; a longer text cannot be one.
LinkToken = Annotated[str, Field(max_length=200)]


def _known_language(value: str) -> str:
    if value and value not in languages():
        raise NotAcceptableError("is not a language that the site has")
    return value


Language = Annotated[
    str,
    Field(max_length=MAX_LOCALE, description="Of texts, such as `de`; empty for the browser's."),
    AfterValidator(_known_language),
]


def absent() -> Any:
    """Default of a field that was not sent, where the schema allows no null."""
    return None
