"""Add the table oauth_refresh_tokens.

Revision: 0056, after 0055
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oauth_refresh_tokens",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("grant_id", KEY, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["oauth_grants.id"], ondelete="CASCADE",
            name=op.f("fk_oauth_refresh_tokens_grant_id_oauth_grants"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_refresh_tokens")),
    )  # fmt: skip
    op.create_index(op.f("ix_oauth_refresh_tokens_grant_id"), "oauth_refresh_tokens", ["grant_id"])
    op.create_index(
        op.f("ix_oauth_refresh_tokens_expires_at"), "oauth_refresh_tokens", ["expires_at"]
    )


def downgrade() -> None:
    op.drop_table("oauth_refresh_tokens")
