"""Time-based codes of authenticator apps (RFC 6238): six digits, a new one each 30 s. Pure."""

import hmac
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DIGITS = 6
# Codes of the step before and after are right too (RFC 6238, 5.2): clocks differ by some seconds, and
# typing takes some.
DRIFT_STEPS = 1
# How far a clock may be off so that setting an app up says so. Searched there only: at a sign-in, that
# a code will be right in five minutes is worth knowing for an attacker.
SEARCHED_STEPS = 120


def step_at(instant: datetime) -> int:
    return int(instant.timestamp()) // STEP_SECONDS


def matching_step(secret: str, code: str, now: datetime, drift: int = DRIFT_STEPS) -> int | None:
    """Return the step at most `drift` from `now` whose code is `code`, the nearest first.

    Compares with every step, so that the time does not reveal which matched.
    """
    present = step_at(now)
    typed = digits_of(code)
    generator = pyotp.HOTP(secret, digits=DIGITS)
    steps = sorted(
        range(present - drift, present + drift + 1), key=lambda step: abs(step - present)
    )
    matches = [step for step in steps if hmac.compare_digest(generator.at(step), typed)]
    return matches[0] if matches else None


def clock_difference_seconds(secret: str, code: str, now: datetime) -> int | None:
    """Return by how much the clock that made `code` is ahead of `now`; None for no code at all."""
    step = matching_step(secret, code, now, SEARCHED_STEPS)
    return None if step is None else (step - step_at(now)) * STEP_SECONDS


def digits_of(code: str) -> str:
    """Return the code as ASCII, without the spaces and hyphens that apps show and people type."""
    return (
        "".join(c for c in code if not c.isspace() and c != "-").encode("ascii", "replace").decode()
    )


def otpauth_uri(secret: str, account: str, issuer: str) -> str:
    """Return the address that authenticator apps read, in Google's key URI format."""
    # Colons separate the issuer from the account in it.
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=account, issuer_name=issuer.replace(":", " ")
    )


def qr_code(text: str) -> str:
    """Return the QR code of `text` as an SVG image in a data URI, dark on light in every theme."""
    return segno.make(text, error="m", micro=False).svg_data_uri(
        scale=4, dark="#000", light="#fff", xmldecl=False
    )
