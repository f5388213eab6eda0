"""Add calendar_feeds.filter: which todos a feed shows.

Revision: 0077, after 0076. Rewrites no row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("calendar_feeds", sa.Column("filter", JSON))


def downgrade() -> None:
    # The releases before would show all todos to whoever has the address.
    op.execute("DELETE FROM calendar_feeds WHERE filter IS NOT NULL")
    op.drop_column("calendar_feeds", "filter")
