"""The log of what webhooks sent, and the tests and repetitions that wait."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime

KINDS = ("event", "gap", "test", "replay")
STATES = ("pending", "delivered", "failed")
_PENDING = text("state = 'pending'")


class WebhookDeliveryRow(Base):
    """One message to one webhook, with its last attempt.

    Of kind event or gap there is a row after the first attempt, and one for each message. Of kind
    test or replay there is a row, `pending`, before it.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(Key, ForeignKey("webhooks.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Key)
    # No foreign key: the log says what was sent, also of a list that is gone.
    list_id: Mapped[str | None] = mapped_column(Key)
    epoch: Mapped[str | None] = mapped_column(Key)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(Key)
    message_id: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(Key)
    attempts: Mapped[int] = mapped_column(Integer)
    response_status: Mapped[int | None] = mapped_column(Integer)
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str] = mapped_column(String(200))
    response: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    attempted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name="kind"),
        CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
        Index("ix_webhook_deliveries_webhook_id", "webhook_id", "message_id"),
        # Asked for each webhook in every sweep.
        Index(
            "ix_webhook_deliveries_pending",
            "webhook_id",
            postgresql_where=_PENDING,
            sqlite_where=_PENDING,
        ),
    )
