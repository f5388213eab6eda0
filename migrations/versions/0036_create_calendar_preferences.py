"""Create calendar_preferences: how calendar apps of a user call and show a list.

Revision: 0036, after 0035. A new table, which older code does not use.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KEY = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendar_preferences",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("name", sa.String(255)),
        sa.Column("colour", KEY),
        sa.Column("position", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_calendar_preferences_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["lists.id"],
            name=op.f("fk_calendar_preferences_list_id_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "list_id", name=op.f("pk_calendar_preferences")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_calendar_preferences_user_id_name")),
    )
    op.create_index(op.f("ix_calendar_preferences_list_id"), "calendar_preferences", ["list_id"])


def downgrade() -> None:
    op.drop_table("calendar_preferences")
