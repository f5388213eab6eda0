"""Add members.rank, favourite and folder_id: where a member keeps the list.

Revision: 0060, after 0059. Rebuilds `members` on SQLite. On Postgres the new columns rewrite no row; the
foreign key reads each row once, and finds no folder to look up.
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
RANK = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("members") as members:
        members.add_column(sa.Column("rank", RANK))
        members.add_column(
            sa.Column("favourite", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        members.add_column(sa.Column("folder_id", KEY))
        members.create_foreign_key(
            op.f("fk_members_folder_id_list_folders"),
            "list_folders", ["folder_id"], ["id"], ondelete="SET NULL",
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("members") as members:
        members.drop_constraint(op.f("fk_members_folder_id_list_folders"), type_="foreignkey")
        members.drop_column("folder_id")
        members.drop_column("favourite")
        members.drop_column("rank")
