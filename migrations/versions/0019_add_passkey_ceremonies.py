"""Add the table passkey_ceremonies.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "passkey_ceremonies",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("bound_to", KEY, nullable=False),
        sa.Column("user_handle", KEY),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('registration', 'sign_in', 'second_factor', 'step_up')",
            name=op.f("ck_passkey_ceremonies_purpose"),
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_passkey_ceremonies")),
    )
    op.create_index(op.f("ix_passkey_ceremonies_expires_at"), "passkey_ceremonies", ["expires_at"])


def downgrade() -> None:
    op.drop_table("passkey_ceremonies")
