"""Passkeys of accounts, and the WebAuthn ceremonies that are under way."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, CredentialId, JsonObject, Key, UtcDateTime


class PasskeyRow(Base):
    """A passkey: the public half of a key pair whose private half an authenticator keeps."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # As the authenticator chose it, in base64url.
    credential_id: Mapped[str] = mapped_column(CredentialId, unique=True)
    # A COSE_Key (RFC 9052, section 7).
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    # What authenticators call the account: random, the same for all passkeys of an account.
    user_handle: Mapped[str] = mapped_column(Key)
    # An unsigned 32-bit number. 0: the authenticator does not count.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JsonObject)
    # The model of the authenticator; zeros if it does not say.
    aaguid: Mapped[str] = mapped_column(Key)
    # True if it is synchronised with other devices of the user.
    is_backed_up: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyCeremonyRow(Base):
    """A challenge that an authenticator is to sign, once. Stored as a hash."""

    __tablename__ = "passkey_ceremonies"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    purpose: Mapped[str] = mapped_column(Key)
    # registration, step_up: the session. second_factor: the hash of the sign-in challenge. sign_in: "".
    bound_to: Mapped[str] = mapped_column(Key)
    # registration: the handle that the new passkey gets.
    user_handle: Mapped[str | None] = mapped_column(Key)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint(
            "purpose IN ('registration', 'sign_in', 'second_factor', 'step_up')", name="purpose"
        ),
    )
