"""Add the table guests: the sessions of those who use a share link.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "guests",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("link_id", KEY, nullable=False),
        sa.Column("token_hash", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE", name=op.f("fk_guests_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["share_links.id"], ondelete="CASCADE",
            name=op.f("fk_guests_link_id_share_links"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_guests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_guests_token_hash")),
    )  # fmt: skip
    op.create_index(op.f("ix_guests_link_id"), "guests", ["link_id"])
    op.create_index(op.f("ix_guests_expires_at"), "guests", ["expires_at"])


def downgrade() -> None:
    op.drop_table("guests")
