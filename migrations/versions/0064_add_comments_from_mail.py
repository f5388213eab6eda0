"""Add comments.from_mail: of which mail a comment was made.

Revision: 0064, after 0063.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comments", sa.Column("from_mail", sa.String(254)))


def downgrade() -> None:
    op.drop_column("comments", "from_mail")
