"""Record how the mail server treats each kind of mail, for health checks and metrics.

Revision: 0008, after 0007. A new table, which older code does not use.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mail_kinds",
        sa.Column("kind", KEY, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("failed_at", INSTANT, nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("paused_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_mail_kinds")),
    )


def downgrade() -> None:
    op.drop_table("mail_kinds")
