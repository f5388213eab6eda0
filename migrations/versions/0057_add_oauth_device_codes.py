"""Add the table oauth_device_codes.

Revision: 0057, after 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oauth_device_codes",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("user_code_hash", KEY, nullable=False),
        sa.Column("client_id", KEY, nullable=False),
        sa.Column("scope", KEY, nullable=False),
        sa.Column("audience", KEY, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True)),
        sa.Column("denied_at", sa.DateTime(timezone=True)),
        sa.Column("grant_id", KEY),
        sa.CheckConstraint(
            "scope IN ('read', 'write', 'admin')", name=op.f("ck_oauth_device_codes_scope")
        ),
        sa.CheckConstraint("audience IN ('api', 'mcp')", name=op.f("ck_oauth_device_codes_audience")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["oauth_grants.id"], ondelete="CASCADE",
            name=op.f("fk_oauth_device_codes_grant_id_oauth_grants"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_oauth_device_codes")),
        sa.UniqueConstraint(
            "user_code_hash", name=op.f("uq_oauth_device_codes_user_code_hash")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_oauth_device_codes_expires_at"), "oauth_device_codes", ["expires_at"])
    op.create_index(op.f("ix_oauth_device_codes_grant_id"), "oauth_device_codes", ["grant_id"])


def downgrade() -> None:
    op.drop_table("oauth_device_codes")
