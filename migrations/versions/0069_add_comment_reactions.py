"""Add the table comment_reactions.

Revision: 0069, after 0068
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "comment_reactions",
        sa.Column("comment_id", KEY, nullable=False),
        sa.Column("emoji", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], ondelete="CASCADE",
            name=op.f("fk_comment_reactions_comment_id_comments"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_comment_reactions_user_id_users"),
        ),
        sa.PrimaryKeyConstraint(
            "comment_id", "emoji", "user_id", name=op.f("pk_comment_reactions")
        ),
    )  # fmt: skip
    op.create_index(
        "ix_comment_reactions_user_id", "comment_reactions", ["user_id", "comment_id", "emoji"]
    )


def downgrade() -> None:
    op.drop_table("comment_reactions")
