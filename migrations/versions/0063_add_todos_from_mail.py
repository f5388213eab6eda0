"""Add todos.from_mail: of which mail a todo was made.

Revision: 0063, after 0062.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("todos", sa.Column("from_mail", sa.String(254)))


def downgrade() -> None:
    op.drop_column("todos", "from_mail")
