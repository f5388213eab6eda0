"""How far each webhook has delivered the events of a list."""

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, Key


class WebhookCursorRow(Base):
    """The events of the list up to `seq` are delivered. Deleted with the membership of the user."""

    __tablename__ = "webhook_cursors"

    webhook_id: Mapped[str] = mapped_column(
        Key, ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True
    )
    list_id: Mapped[str] = mapped_column(Key, primary_key=True)
    user_id: Mapped[str] = mapped_column(Key)
    epoch: Mapped[str] = mapped_column(Key)
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        ForeignKeyConstraint(
            ["list_id", "user_id"],
            ["members.list_id", "members.user_id"],
            ondelete="CASCADE",
            name="fk_webhook_cursors_list_id_members",
        ),
        Index("ix_webhook_cursors_list_id", "list_id", "user_id"),
    )
