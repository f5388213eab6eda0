"""Add members.view: how a member looks at the list.

Revision: 0067, after 0066. Rewrites no row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("members", sa.Column("view", JSON))


def downgrade() -> None:
    op.drop_column("members", "view")
