"""Add the table oauth_grants.

Revision: 0053, after 0052
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oauth_grants",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("client_id", KEY, nullable=False),
        sa.Column("client_name", sa.String(100), nullable=False),
        sa.Column("redirect_host", sa.String(255), nullable=False),
        sa.Column("scope", KEY, nullable=False),
        sa.Column("audience", KEY, nullable=False),
        sa.Column("list_ids", JSON),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "scope IN ('read', 'write', 'admin')", name=op.f("ck_oauth_grants_scope")
        ),
        sa.CheckConstraint("audience IN ('api', 'mcp')", name=op.f("ck_oauth_grants_audience")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_oauth_grants_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grants")),
    )  # fmt: skip
    op.create_index(op.f("ix_oauth_grants_user_id"), "oauth_grants", ["user_id"])
    op.create_index(op.f("ix_oauth_grants_client_id"), "oauth_grants", ["client_id"])
    op.create_index(op.f("ix_oauth_grants_expires_at"), "oauth_grants", ["expires_at"])


def downgrade() -> None:
    op.drop_table("oauth_grants")
