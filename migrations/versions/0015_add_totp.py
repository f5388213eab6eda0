"""Add the table totp: authenticator apps of accounts.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "totp",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("encrypted_secret", sa.String(255), nullable=False),
        sa.Column("key_id", KEY, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE", name=op.f("fk_totp_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp")),
    )  # fmt: skip
    op.create_index(op.f("ix_totp_key_id"), "totp", ["key_id"])


def downgrade() -> None:
    op.drop_table("totp")
