"""Add the table list_folders: the folders in which users keep lists.

Revision: 0059, after 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
RANK = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "list_folders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("rank", RANK, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_list_folders_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_folders")),
    )  # fmt: skip
    op.create_index(op.f("ix_list_folders_user_id"), "list_folders", ["user_id"])


def downgrade() -> None:
    op.drop_table("list_folders")
