"""Add the table known_devices.

Revision: 0013, after 0012. A new table, which older code does not use.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "known_devices",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_known_devices_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("user_id", "hash", name=op.f("pk_known_devices")),
    )  # fmt: skip
    op.create_index(op.f("ix_known_devices_last_seen_at"), "known_devices", ["last_seen_at"])


def downgrade() -> None:
    op.drop_table("known_devices")
