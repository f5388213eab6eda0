"""Add the table imported_lists.

Revision: 0047, after 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "imported_lists",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("source_key", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], ondelete="CASCADE",
            name=op.f("fk_imported_lists_list_id_lists"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_imported_lists_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("user_id", "source_key", name=op.f("pk_imported_lists")),
    )  # fmt: skip
    op.create_index(op.f("ix_imported_lists_list_id"), "imported_lists", ["list_id"])


def downgrade() -> None:
    op.drop_table("imported_lists")
