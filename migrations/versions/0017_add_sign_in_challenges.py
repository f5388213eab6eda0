"""Add the table sign_in_challenges.

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sign_in_challenges",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("first_method", KEY, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE", name=op.f("fk_sign_in_challenges_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_challenges")),
    )  # fmt: skip
    op.create_index(op.f("ix_sign_in_challenges_user_id"), "sign_in_challenges", ["user_id"])
    op.create_index(op.f("ix_sign_in_challenges_expires_at"), "sign_in_challenges", ["expires_at"])


def downgrade() -> None:
    op.drop_table("sign_in_challenges")
