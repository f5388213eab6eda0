"""Add imported_todos.import_id.

Revision: 0049, after 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("imported_todos", sa.Column("import_id", KEY, nullable=True))


def downgrade() -> None:
    op.drop_column("imported_todos", "import_id")
