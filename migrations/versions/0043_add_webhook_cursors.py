"""Add the table webhook_cursors.

Revision: 0043, after 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "webhook_cursors",
        sa.Column("webhook_id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("epoch", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], ondelete="CASCADE",
            name=op.f("fk_webhook_cursors_webhook_id_webhooks"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id", "user_id"], ["members.list_id", "members.user_id"], ondelete="CASCADE",
            name="fk_webhook_cursors_list_id_members",
        ),
        sa.PrimaryKeyConstraint("webhook_id", "list_id", name=op.f("pk_webhook_cursors")),
    )  # fmt: skip
    op.create_index("ix_webhook_cursors_list_id", "webhook_cursors", ["list_id", "user_id"])


def downgrade() -> None:
    op.drop_table("webhook_cursors")
