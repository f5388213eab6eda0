"""Store why a link is void, and why the mail of an invitation could not be delivered.

Revision: 0006, after 0005. Adding a column rewrites no row on either database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("links", sa.Column("void_reason", KEY))
    op.add_column(
        "invitations",
        sa.Column("mail_failure", sa.String(200), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("invitations", "mail_failure")
    op.drop_column("links", "void_reason")
