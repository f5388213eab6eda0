"""Check the form of addresses, time zones and picture URLs.

Pure. The text of a NotAcceptableError is shown to the user.
"""

from urllib.parse import urlsplit

from shared.errors import FieldError, Invalid
from shared.languages.texts import message
from shared.text import NotAcceptableError, domain_a_label, email_key, one_line, validated_address
from shared.zones import is_zone

MAX_EMAIL_LENGTH = 254
_NOT_AN_ADDRESS = message("is not an e-mail address")


def parse_email_address(text: str) -> str:
    """Return `text` as a normalised e-mail address. Raise NotAcceptableError.

    Do not look the domain up: a name that does not resolve now may resolve later.
    """
    if len(text) > MAX_EMAIL_LENGTH:
        raise NotAcceptableError(_NOT_AN_ADDRESS)
    valid = validated_address(one_line(text))
    # A domain without a dot is a typing error.
    if "." not in valid.domain:
        raise NotAcceptableError(_NOT_AN_ADDRESS)
    # The library maps more than letter case: a mapped domain would be another one than the user's.
    _, _, domain = text.strip().rpartition("@")
    if _a_label(domain) != valid.ascii_domain:
        raise NotAcceptableError(_NOT_AN_ADDRESS)
    # The A-label can be longer than the domain, and the column and SMTP have bounds.
    if len(email_key(valid.normalized)) > MAX_EMAIL_LENGTH:
        raise NotAcceptableError(_NOT_AN_ADDRESS)
    return valid.normalized


def _a_label(domain: str) -> str:
    try:
        return domain_a_label(domain)
    except ValueError:
        raise NotAcceptableError(_NOT_AN_ADDRESS) from None


def parse_time_zone(text: str) -> str:
    """Return `text` if it is a known IANA time zone. Raise NotAcceptableError."""
    if not is_zone(text):
        raise NotAcceptableError("is not a time zone such as Europe/Berlin")
    return text


def parse_avatar_url(text: str) -> str:
    """Return `text` if it is an https URL without credentials. Raise NotAcceptableError."""
    text = one_line(text)
    refusal = message("must be an https address of a picture")
    try:
        parts = urlsplit(text)
        has_port = (parts.port or 443) > 0  # reading the port checks it
    except ValueError:
        raise NotAcceptableError(refusal) from None
    if parts.scheme != "https" or not parts.hostname or not has_port:
        raise NotAcceptableError(refusal)
    if parts.username is not None or any(character in text for character in ' "<>\\^`{|}'):
        raise NotAcceptableError(refusal)
    return text


def invalid_field(field: str, detail: str, *, code: str) -> Invalid:
    """Return an Invalid about one field, with the same code for the problem and the field."""
    return Invalid(detail, [FieldError(field, code, detail)], code=code)
