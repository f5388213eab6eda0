"""Second factors of accounts, and sign-ins that wait for one."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime


class TotpRow(Base):
    """The authenticator app of an account. `confirmed_at` is null until its first right code."""

    __tablename__ = "totp"

    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    # AES-GCM under a key that is derived from SECRET_KEY; `key_id` says from which.
    encrypted_secret: Mapped[str] = mapped_column(String(255))
    key_id: Mapped[str] = mapped_column(Key, index=True)
    # The secret of an app that will replace this one, until its first right code.
    pending_secret: Mapped[str | None] = mapped_column(String(255))
    # The 30 s step of the newest accepted code: no code of it, or before it, is accepted again.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCodeRow(Base):
    """A recovery code that was not used yet, stored as a hash. Using it deletes the row."""

    __tablename__ = "recovery_codes"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )


class SignInChallengeRow(Base):
    """A sign-in whose first step succeeded and which waits for a second factor. Stored as a hash."""

    __tablename__ = "sign_in_challenges"

    hash: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(
        Key, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    # The SignInMethod of the first step.
    first_method: Mapped[str] = mapped_column(Key)
    # A ProviderSession, if the first step was a sign-in with a provider.
    provider_session: Mapped[dict[str, Any] | None] = mapped_column(JsonObject)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    # Whence it was begun, as rate limits see networks. Empty before migration 0034.
    network: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
