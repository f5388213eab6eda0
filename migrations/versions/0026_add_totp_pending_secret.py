"""Add totp.pending_secret: the app that will replace the one that is set up.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("totp", sa.Column("pending_secret", sa.String(255)))


def downgrade() -> None:
    op.drop_column("totp", "pending_secret")
