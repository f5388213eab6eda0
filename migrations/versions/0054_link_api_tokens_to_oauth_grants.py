"""Add to api_tokens the grant of an access token, and where alone it works.

Revision: 0054, after 0053. Rebuilds `api_tokens` on SQLite.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("api_tokens") as api_tokens:
        api_tokens.add_column(sa.Column("grant_id", KEY))
        api_tokens.add_column(sa.Column("audience", KEY))
        api_tokens.create_foreign_key(
            op.f("fk_api_tokens_grant_id_oauth_grants"),
            "oauth_grants", ["grant_id"], ["id"], ondelete="CASCADE",
        )  # fmt: skip
        api_tokens.create_index(op.f("ix_api_tokens_grant_id"), ["grant_id"])


def downgrade() -> None:
    # The releases before would take access tokens for API tokens that their user made.
    op.execute("DELETE FROM api_tokens WHERE grant_id IS NOT NULL")
    with op.batch_alter_table("api_tokens") as api_tokens:
        api_tokens.drop_index(op.f("ix_api_tokens_grant_id"))
        api_tokens.drop_constraint(op.f("fk_api_tokens_grant_id_oauth_grants"), type_="foreignkey")
        api_tokens.drop_column("audience")
        api_tokens.drop_column("grant_id")
