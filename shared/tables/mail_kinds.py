"""The table of how mails of each kind fare at the mail server, for health checks and metrics."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key, UtcDateTime


class MailKindRow(Base):
    """Written by workers. Failures that concern one recipient alone are not recorded."""

    __tablename__ = "mail_kinds"

    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    # A moment at which a mail was sent; the last one may be ten seconds later.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The first failure since `sent_at`.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What the server answered at `failed_at`, without addresses and secrets.
    answer: Mapped[str] = mapped_column(String(200), default="")
    # No job of the kind is claimed until then: a setting must be corrected.
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
