"""Add the table share_links.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "share_links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("nonce", KEY, nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("created_by", KEY),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("use_count", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "role IN ('editor', 'commenter', 'viewer')", name=op.f("ck_share_links_role")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], ondelete="CASCADE",
            name=op.f("fk_share_links_list_id_lists"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], ondelete="SET NULL",
            name=op.f("fk_share_links_created_by_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_links")),
    )  # fmt: skip
    op.create_index(op.f("ix_share_links_list_id"), "share_links", ["list_id"])
    op.create_index(op.f("ix_share_links_created_by"), "share_links", ["created_by"])


def downgrade() -> None:
    op.drop_table("share_links")
