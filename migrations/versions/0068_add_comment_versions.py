"""Add the table comment_versions.

Revision: 0068, after 0067
"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "comment_versions",
        sa.Column("comment_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], ondelete="CASCADE",
            name=op.f("fk_comment_versions_comment_id_comments"),
        ),
        sa.PrimaryKeyConstraint("comment_id", "number", name=op.f("pk_comment_versions")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("comment_versions")
