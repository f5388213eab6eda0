"""Add calendar_objects.ended_in_advance: occurrences that apps ended before the series reached them.

Revision: 0080, after 0077. Rewrites no row. Objects that apps wrote before have none until an app writes
them again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0080"
down_revision = "0077"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("calendar_objects", sa.Column("ended_in_advance", JSON))


def downgrade() -> None:
    op.drop_column("calendar_objects", "ended_in_advance")
