"""Add the table calendar_feeds.

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("list_id", KEY),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("content", KEY, nullable=False),
        sa.Column("include_completed", sa.Boolean(), nullable=False),
        sa.Column("hash", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "content IN ('todos', 'events')", name=op.f("ck_calendar_feeds_content")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_calendar_feeds_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], ondelete="CASCADE",
            name=op.f("fk_calendar_feeds_list_id_lists"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("hash", name=op.f("uq_calendar_feeds_hash")),
    )  # fmt: skip
    op.create_index(op.f("ix_calendar_feeds_user_id"), "calendar_feeds", ["user_id"])
    op.create_index(op.f("ix_calendar_feeds_list_id"), "calendar_feeds", ["list_id"])


def downgrade() -> None:
    op.drop_table("calendar_feeds")
