"""Add the version to workers.

Revision: 0031, after 0030. Older code inserts rows without it: its default is empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "workers", sa.Column("version", sa.String(64), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    op.drop_column("workers", "version")
