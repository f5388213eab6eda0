"""Add events.context and events.undone_by.

Revision: 0070, after 0069
"""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("context", sa.Text()))
    op.add_column("events", sa.Column("undone_by", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("events", "undone_by")
    op.drop_column("events", "context")
