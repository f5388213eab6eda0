"""Add the table provider_sessions.

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "provider_sessions",
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("sid", sa.String(255), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], ondelete="CASCADE",
            name=op.f("fk_provider_sessions_session_id_sessions"),
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_provider_sessions")),
    )  # fmt: skip
    op.create_index(
        "ix_provider_sessions_issuer_subject", "provider_sessions", ["issuer", "subject"]
    )
    op.create_index("ix_provider_sessions_issuer_sid", "provider_sessions", ["issuer", "sid"])


def downgrade() -> None:
    op.drop_table("provider_sessions")
