"""Codes of authenticator apps: RFC 6238, clock drift, how they are typed, and their encryption."""

import base64
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from shared.accounts.second_factors import secret_encryption, totp_codes
from shared.ids import UserId, new_id, new_totp_secret

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 29, 12, 0, 10, tzinfo=UTC)
CURRENT, PREVIOUS, FOREIGN = b"c" * 32, b"p" * 32, b"s" * 32


@pytest.mark.parametrize(
    ("seconds", "code"),
    # The last six of the eight digits of RFC 6238, appendix B, for SHA-1.
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_of_the_standard_match(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)

    assert totp_codes.matching_step(SECRET, code, now) == seconds // 30


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps: int, accepted: bool) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=30 * steps))

    step = totp_codes.matching_step(SECRET, code, NOW)

    assert step == (totp_codes.step_at(NOW) + steps if accepted else None)


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}", "{0}\u00a0{1}"])
def test_spaces_and_hyphens_in_a_code_do_not_matter(typed: str) -> None:
    code = pyotp.TOTP(SECRET).at(NOW)

    assert totp_codes.matching_step(SECRET, typed.format(code[:3], code[3:]), NOW) is not None


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\ud800", "0" * 50])
def test_a_text_that_is_no_code_is_wrong(text: str) -> None:
    assert totp_codes.matching_step(SECRET, text, NOW) is None


def test_a_device_whose_clock_is_far_off_is_recognised() -> None:
    code = pyotp.TOTP(SECRET).at(NOW - timedelta(minutes=7))

    assert totp_codes.clock_difference_seconds(SECRET, code, NOW) == -420


def test_the_address_names_the_site_and_the_account() -> None:
    uri = urlsplit(totp_codes.otpauth_uri(SECRET, "ana@example.com", "Our: List & Co"))

    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Our  List & Co:ana@example.com"
    assert parse_qs(uri.query) == {"secret": [SECRET], "issuer": ["Our  List & Co"]}


def test_the_qr_code_is_an_image_that_runs_nothing() -> None:
    uri = totp_codes.qr_code(totp_codes.otpauth_uri(SECRET, "ana@example.com", "Livelist"))

    kind, _, content = uri.partition(",")
    assert kind.startswith("data:image/svg+xml")
    root = ET.fromstring(unquote(content))
    assert {element.tag.partition("}")[2] for element in root.iter()} == {"svg", "g", "path"}
    assert not any("style" in element.attrib for element in root.iter())


def test_a_secret_decrypts_for_its_user_with_the_current_or_the_previous_key() -> None:
    ana, ben = UserId(new_id()), UserId(new_id())
    secret = new_totp_secret()

    sealed = secret_encryption.encrypt([PREVIOUS], ana, secret)

    assert secret not in sealed
    assert sealed != secret_encryption.encrypt([PREVIOUS], ana, secret)
    assert secret_encryption.decrypt([CURRENT, PREVIOUS], ana, sealed) == secret
    assert secret_encryption.decrypt([CURRENT, FOREIGN], ana, sealed) is None
    assert secret_encryption.decrypt([CURRENT, PREVIOUS], ben, sealed) is None
    assert len(base64.b32decode(secret)) == 20
