"""Shapes of second factors."""

from pydantic import Field

from shared.contract.base import Instant, Shape


class SecondFactorsShape(Shape):
    """The second factors of an account."""

    totp_since: Instant | None = Field(
        description="Since when an authenticator app is set up; null without one."
    )
    passkeys: int = Field(description="How many passkeys sign you in.")
    recovery_codes_left: int
    is_required: bool = Field(description="Whether the operator requires a second factor of you.")


class NewTotpShape(Shape):
    """An authenticator app to set up. It counts once its first code was confirmed."""

    secret: str = Field(description="To type into an app that cannot read the QR code (base 32).")
    uri: str = Field(description="What the QR code says, as `otpauth://`.")
    qr_code: str = Field(description="The QR code as an SVG image, in a `data:` URI.")


class RecoveryCodesShape(Shape):
    """Recovery codes, each for one sign-in. They are shown this once and cannot be read again."""

    recovery_codes: list[str] = Field(
        description="Empty when a factor is added to an account that has recovery codes already."
    )
