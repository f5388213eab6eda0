"""Add the language, the first day of the week and the hour cycle of accounts.

Revision: 0058, after 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
COLUMNS = ("language", "week_start", "hour_cycle")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("users", sa.Column(name, KEY, nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("users", name)
