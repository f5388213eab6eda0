"""Add the table oauth_codes.

Revision: 0055, after 0054
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oauth_codes",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("grant_id", KEY, nullable=False),
        sa.Column("redirect_uri", sa.String(1000), nullable=False),
        sa.Column("challenge", KEY, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["oauth_grants.id"], ondelete="CASCADE",
            name=op.f("fk_oauth_codes_grant_id_oauth_grants"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_codes")),
    )  # fmt: skip
    op.create_index(op.f("ix_oauth_codes_grant_id"), "oauth_codes", ["grant_id"])
    op.create_index(op.f("ix_oauth_codes_expires_at"), "oauth_codes", ["expires_at"])


def downgrade() -> None:
    op.drop_table("oauth_codes")
