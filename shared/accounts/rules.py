"""What is an address, a time zone, a picture, a language. Pure; ValueErrors speak to people."""

from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from shared.errors import FieldError, Invalid
from shared.text import email_key, one_line
from shared.zones import is_zone

MAX_EMAIL_LENGTH = 254
_NOT_AN_ADDRESS = "is not an e-mail address"


def parse_email_address(text: str) -> str:
    """Returns `text` as an address we write to. Nothing is looked up: a name may resolve later."""
    if len(text) > MAX_EMAIL_LENGTH:
        raise ValueError(_NOT_AN_ADDRESS)
    try:
        # Company networks use .local and .internal, which the library would refuse; without a dot
        # it is a slip all the same.
        valid = validate_email(
            one_line(text), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError:
        raise ValueError(_NOT_AN_ADDRESS) from None
    if "." not in valid.domain:
        raise ValueError(_NOT_AN_ADDRESS)
    # One letter can become 18 in the form that addresses are compared in, and the column is bounded.
    if len(email_key(valid.normalized)) > MAX_EMAIL_LENGTH:
        raise ValueError(_NOT_AN_ADDRESS)
    return valid.normalized


def parse_time_zone(text: str) -> str:
    """Returns `text` if it is an IANA zone that we know."""
    if not is_zone(text):
        raise ValueError("is not a time zone such as Europe/Berlin")
    return text


def parse_avatar_url(text: str) -> str:
    """Returns `text` if a browser may load a picture from there: https, without credentials."""
    text = one_line(text)
    refused_words = "must be an https address of a picture"
    try:
        parts = urlsplit(text)
        has_port = (parts.port or 443) > 0  # reading it checks it
    except ValueError:
        raise ValueError(refused_words) from None
    if parts.scheme != "https" or not parts.hostname or not has_port:
        raise ValueError(refused_words)
    if parts.username is not None or any(character in text for character in ' "<>\\^`{|}'):
        raise ValueError(refused_words)
    return text


def invalid_field(field: str, message: str, *, code: str) -> Invalid:
    """Returns an Invalid about one field, whose code says at once what is wrong."""
    return Invalid(message, [FieldError(field, code, message)], code=code)
