"""Add totp.pending_secret: the app that will replace the one that is set up.

Revision: 0029, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("totp", sa.Column("pending_secret", sa.String(255)))


def downgrade() -> None:
    op.drop_column("totp", "pending_secret")
