"""Add the table provider_tickets.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "provider_tickets",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("provider", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("subject", sa.String(255), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('state', 'link', 'logout')", name=op.f("ck_provider_tickets_kind")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_provider_tickets_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_provider_tickets")),
    )  # fmt: skip
    op.create_index(op.f("ix_provider_tickets_user_id"), "provider_tickets", ["user_id"])
    op.create_index(op.f("ix_provider_tickets_expires_at"), "provider_tickets", ["expires_at"])


def downgrade() -> None:
    op.drop_table("provider_tickets")
