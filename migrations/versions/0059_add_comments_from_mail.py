"""Add comments.from_mail: of which mail a comment was made.

Revision: 0059, after 0058.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comments", sa.Column("from_mail", sa.String(254)))


def downgrade() -> None:
    op.drop_column("comments", "from_mail")
