"""Add calendar_feeds.last_used_at: when a calendar program last read the feed.

Revision: 0071, after 0070.
"""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calendar_feeds", sa.Column("last_used_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("calendar_feeds", "last_used_at")
