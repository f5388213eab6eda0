"""Add the table inbound_addresses.

Revision: 0050, after 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "inbound_addresses",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_inbound_addresses_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], ondelete="CASCADE",
            name=op.f("fk_inbound_addresses_list_id_lists"),
        ),
        sa.PrimaryKeyConstraint("user_id", "list_id", name=op.f("pk_inbound_addresses")),
        sa.UniqueConstraint("hash", name=op.f("uq_inbound_addresses_hash")),
    )  # fmt: skip
    op.create_index(op.f("ix_inbound_addresses_list_id"), "inbound_addresses", ["list_id"])


def downgrade() -> None:
    op.drop_table("inbound_addresses")
