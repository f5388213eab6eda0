"""Record in the table sessions how each session began.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "sessions", sa.Column("sign_in_method", KEY, nullable=False, server_default="unknown")
    )


def downgrade() -> None:
    op.drop_column("sessions", "sign_in_method")
