"""Add sessions.authenticated_at: when the user last proved who they are.

Revision: 0012, after 0011. Null means at sign-in, so sessions that exist, and those that older code
opens, have the time of their creation.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("authenticated_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("sessions", "authenticated_at")
