"""Create all tables.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Sorted byte by byte on both databases.
KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
RANK = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
UNREAD = sa.text("read_at IS NULL")
OPEN_INVITATION = sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("list_id", KEY, nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_user_id"), "audit", ["user_id"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("run_at", INSTANT, nullable=False),
        sa.Column("for_user", KEY, nullable=True),
        sa.Column("turn_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'leased', 'sending', 'done', 'dead', 'cancelled', 'parked')",
            name=op.f("ck_jobs_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_jobs_dedupe_key")),
    )
    op.create_index("ix_jobs_due", "jobs", ["state", "priority", "run_at"], unique=False)
    op.create_index("ix_jobs_finished_at", "jobs", ["finished_at"], unique=False)
    for name, columns, also in (
        ("ix_jobs_turn", ["priority", "turn_at", "run_at"], ""),
        ("ix_jobs_for_user", ["for_user", "turn_at"], ""),
        ("ix_jobs_suspects", ["run_at"], " AND crashes > 0"),
    ):
        where = sa.text(f"state = 'queued'{also}")
        op.create_index(
            name, "jobs", columns, unique=False, postgresql_where=where, sqlite_where=where
        )

    op.create_table(
        "workers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )

    op.create_table(
        "streams",
        sa.Column("id", KEY, nullable=False),
        sa.Column("epoch", KEY, nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("floor <= head", name=op.f("ck_streams_floor_below_head")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams")),
    )
    op.create_table(
        "users",
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=640), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("bio", sa.String(length=1000), nullable=False),
        sa.Column("avatar_url", sa.String(length=500), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("site_role", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("verified_at", INSTANT, nullable=True),
        sa.Column("last_login_at", INSTANT, nullable=True),
        sa.Column("mail_refused_at", INSTANT, nullable=True),
        sa.Column("mail_refusal", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "site_role IN ('user', 'moderator', 'admin')", name=op.f("ck_users_site_role")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'disabled')", name=op.f("ck_users_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
    )
    op.create_index("ix_users_created_at", "users", ["created_at", "id"], unique=False)

    op.create_table(
        "admin_messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("sent_by", KEY, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_admin_messages_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_messages")),
    )
    op.create_index(op.f("ix_admin_messages_user_id"), "admin_messages", ["user_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("stream_id", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("frame", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"],
            ["streams.id"],
            name=op.f("fk_events_stream_id_streams"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("stream_id", "seq", name=op.f("pk_events")),
    )
    op.create_index("ix_events_at", "events", ["at"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_hash", KEY, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.String(length=2000), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_idempotency_keys_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )

    op.create_table(
        "links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("nonce", KEY, nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("session_id", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "purpose IN ('verify_email', 'reset_password', 'change_email')",
            name=op.f("ck_links_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_expires_at"), "links", ["expires_at"], unique=False)
    op.create_index(op.f("ix_links_user_id"), "links", ["user_id"], unique=False)

    op.create_table(
        "lists",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("colour", KEY, nullable=False),
        sa.Column("inbox_of", KEY, nullable=True),
        sa.Column("created_by", KEY, nullable=True),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
            name=op.f("fk_lists_created_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["streams.id"], name=op.f("fk_lists_id_streams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["inbox_of"], ["users.id"], name=op.f("fk_lists_inbox_of_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
        sa.UniqueConstraint("inbox_of", name=op.f("uq_lists_inbox_of")),
    )
    op.create_index(op.f("ix_lists_deleted_at"), "lists", ["deleted_at"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=640), nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("invited_by", KEY, nullable=True),
        sa.Column("nonce", KEY, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("declined_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'editor', 'commenter', 'viewer')", name=op.f("ck_invitations_role")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"],
            ["users.id"],
            name=op.f("fk_invitations_invited_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], name=op.f("fk_invitations_list_id_lists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_email_key"), "invitations", ["email_key"], unique=False)
    op.create_index(op.f("ix_invitations_expires_at"), "invitations", ["expires_at"], unique=False)
    op.create_index(
        "ix_invitations_invited_by", "invitations", ["invited_by", "created_at"], unique=False
    )
    op.create_index(op.f("ix_invitations_list_id"), "invitations", ["list_id"], unique=False)
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["list_id", "email_key"],
        unique=True,
        postgresql_where=OPEN_INVITATION,
        sqlite_where=OPEN_INVITATION,
    )

    op.create_table(
        "labels",
        sa.Column("id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("name_key", sa.String(length=1000), nullable=False),
        sa.Column("colour", KEY, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], name=op.f("fk_labels_list_id_lists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("list_id", "name_key", name=op.f("uq_labels_list_id_name_key")),
    )
    op.create_table(
        "members",
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'editor', 'commenter', 'viewer')", name=op.f("ck_members_role")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], name=op.f("fk_members_list_id_lists"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_members_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "user_id", name=op.f("pk_members")),
    )
    op.create_index("ix_members_user_id", "members", ["user_id"], unique=False)

    op.create_table(
        "refresh_tokens",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_refresh_tokens_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_refresh_tokens")),
    )
    op.create_index(
        op.f("ix_refresh_tokens_expires_at"), "refresh_tokens", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_refresh_tokens_session_id"), "refresh_tokens", ["session_id"], unique=False
    )

    op.create_table(
        "tickets",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_tickets_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_expires_at"), "tickets", ["expires_at"], unique=False)

    op.create_table(
        "todos",
        sa.Column("id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_kind", KEY, nullable=True),
        sa.Column("due_date", sa.String(length=10), nullable=True),
        sa.Column("due_local", sa.String(length=19), nullable=True),
        sa.Column("due_zone", sa.String(length=64), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("due_sort", INSTANT, nullable=True),
        sa.Column("repeat", JSON, nullable=True),
        sa.Column("last_occurrence", sa.Integer(), nullable=True),
        sa.Column("metadata", JSON, nullable=False),
        sa.Column("rank", RANK, nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("completed_by", KEY, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", KEY, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(completed_at IS NOT NULL) = (status = 'completed')",
            name=op.f("ck_todos_completed_at"),
        ),
        sa.CheckConstraint(
            "due_kind IN ('date', 'floating', 'fixed')", name=op.f("ck_todos_due_kind")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'in_progress', 'completed', 'cancelled')",
            name=op.f("ck_todos_status"),
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 5", name=op.f("ck_todos_priority")),
        sa.ForeignKeyConstraint(
            ["completed_by"],
            ["users.id"],
            name=op.f("fk_todos_completed_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
            name=op.f("fk_todos_created_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], name=op.f("fk_todos_list_id_lists"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["todos.id"], name=op.f("fk_todos_parent_id_todos"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_todos")),
    )
    op.create_index(op.f("ix_todos_deleted_at"), "todos", ["deleted_at"], unique=False)
    op.create_index("ix_todos_list_id_rank", "todos", ["list_id", "rank", "id"], unique=False)
    op.create_index("ix_todos_list_id_updated_at", "todos", ["list_id", "updated_at"], unique=False)
    op.create_index(op.f("ix_todos_parent_id"), "todos", ["parent_id"], unique=False)

    op.create_table(
        "comments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("todo_id", KEY, nullable=False),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mentions", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_comments_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todos.id"], name=op.f("fk_comments_todo_id_todos"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_todo_id", "comments", ["todo_id", "id"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("todo_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("minutes_before", sa.Integer(), nullable=True),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("next_fire_at", INSTANT, nullable=True),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'sending', 'sent', 'failed', 'missed', 'cancelled')",
            name=op.f("ck_reminders_state"),
        ),
        sa.CheckConstraint(
            "(at IS NULL) <> (minutes_before IS NULL)", name=op.f("ck_reminders_one_kind")
        ),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todos.id"], name=op.f("fk_reminders_todo_id_todos"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reminders_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index(
        "ix_reminders_next_fire_at",
        "reminders",
        ["next_fire_at"],
        unique=False,
        postgresql_where=sa.text("state = 'scheduled'"),
        sqlite_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(op.f("ix_reminders_todo_id"), "reminders", ["todo_id"], unique=False)
    op.create_index(op.f("ix_reminders_user_id"), "reminders", ["user_id"], unique=False)

    op.create_table(
        "todo_assignees",
        sa.Column("todo_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["todo_id"],
            ["todos.id"],
            name=op.f("fk_todo_assignees_todo_id_todos"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_todo_assignees_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("todo_id", "user_id", name=op.f("pk_todo_assignees")),
    )
    op.create_index(op.f("ix_todo_assignees_user_id"), "todo_assignees", ["user_id"], unique=False)

    op.create_table(
        "todo_labels",
        sa.Column("todo_id", KEY, nullable=False),
        sa.Column("label_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["label_id"],
            ["labels.id"],
            name=op.f("fk_todo_labels_label_id_labels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todos.id"], name=op.f("fk_todo_labels_todo_id_todos"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("todo_id", "label_id", name=op.f("pk_todo_labels")),
    )
    op.create_index(op.f("ix_todo_labels_label_id"), "todo_labels", ["label_id"], unique=False)

    op.create_table(
        "todo_occurrences",
        sa.Column("todo_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("outcome", KEY, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("ended_by", KEY, nullable=True),
        sa.Column("before", JSON, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('completed', 'skipped')", name=op.f("ck_todo_occurrences_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["users.id"],
            name=op.f("fk_todo_occurrences_ended_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["todo_id"],
            ["todos.id"],
            name=op.f("fk_todo_occurrences_todo_id_todos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("todo_id", "number", name=op.f("pk_todo_occurrences")),
    )
    op.create_index(
        op.f("ix_todo_occurrences_ended_by"), "todo_occurrences", ["ended_by"], unique=False
    )

    op.create_table(
        "notifications",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("actor_name", sa.String(length=100), nullable=False),
        sa.Column("list_id", KEY, nullable=True),
        sa.Column("todo_id", KEY, nullable=True),
        sa.Column("comment_id", KEY, nullable=True),
        sa.Column("invitation_id", KEY, nullable=True),
        sa.Column("list_name", sa.String(length=200), nullable=True),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("mail_due", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('assigned', 'mentioned', 'commented', 'invited', 'removed', 'reminded')",
            name=op.f("ck_notifications_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["users.id"],
            name=op.f("fk_notifications_actor_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notifications_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("ix_notifications_actor_id", "notifications", ["actor_id"], unique=False)
    op.create_index(
        op.f("ix_notifications_created_at"), "notifications", ["created_at"], unique=False
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["user_id", "todo_id"],
        unique=False,
        postgresql_where=UNREAD,
        sqlite_where=UNREAD,
    )
    op.create_index("ix_notifications_user_id", "notifications", ["user_id", "id"], unique=False)

    op.create_table(
        "preferences",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("channels", JSON, nullable=False),
        sa.Column("mail_nonce", KEY, nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("next_digest_at", INSTANT, nullable=True),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_preferences_digest_hour")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_preferences_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_preferences")),
    )
    op.create_index(
        op.f("ix_preferences_next_digest_at"), "preferences", ["next_digest_at"], unique=False
    )

    op.create_table(
        "push_subscriptions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("endpoint_hash", KEY, nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=False),
        sa.Column("auth", sa.String(length=100), nullable=False),
        sa.Column("server_key", sa.String(length=100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_push_subscriptions_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_push_subscriptions_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscriptions_endpoint_hash")),
    )
    for column in ("session_id", "user_id"):
        op.create_index(
            op.f(f"ix_push_subscriptions_{column}"), "push_subscriptions", [column], unique=False
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_todo_occurrences_ended_by"), table_name="todo_occurrences")

    op.drop_table("todo_occurrences")
    for column in ("user_id", "session_id"):
        op.drop_index(op.f(f"ix_push_subscriptions_{column}"), table_name="push_subscriptions")
    op.drop_table("push_subscriptions")
    op.drop_index(op.f("ix_preferences_next_digest_at"), table_name="preferences")
    op.drop_table("preferences")
    op.drop_index("ix_notifications_user_id", table_name="notifications")
    op.drop_index(
        "ix_notifications_unread",
        table_name="notifications",
        postgresql_where=UNREAD,
        sqlite_where=UNREAD,
    )
    op.drop_index(op.f("ix_notifications_created_at"), table_name="notifications")
    op.drop_index("ix_notifications_actor_id", table_name="notifications")

    op.drop_table("notifications")
    op.drop_index(op.f("ix_todo_labels_label_id"), table_name="todo_labels")

    op.drop_table("todo_labels")
    op.drop_index(op.f("ix_todo_assignees_user_id"), table_name="todo_assignees")

    op.drop_table("todo_assignees")
    op.drop_index(op.f("ix_reminders_user_id"), table_name="reminders")
    op.drop_index(op.f("ix_reminders_todo_id"), table_name="reminders")
    op.drop_index("ix_reminders_next_fire_at", table_name="reminders")

    op.drop_table("reminders")
    op.drop_index("ix_comments_todo_id", table_name="comments")

    op.drop_table("comments")
    op.drop_index(op.f("ix_todos_parent_id"), table_name="todos")
    op.drop_index("ix_todos_list_id_updated_at", table_name="todos")
    op.drop_index("ix_todos_list_id_rank", table_name="todos")
    op.drop_index(op.f("ix_todos_deleted_at"), table_name="todos")

    op.drop_table("todos")
    op.drop_index(op.f("ix_tickets_expires_at"), table_name="tickets")

    op.drop_table("tickets")
    op.drop_index(op.f("ix_refresh_tokens_session_id"), table_name="refresh_tokens")
    op.drop_index(op.f("ix_refresh_tokens_expires_at"), table_name="refresh_tokens")

    op.drop_table("refresh_tokens")
    op.drop_index("ix_members_user_id", table_name="members")

    op.drop_table("members")
    op.drop_table("labels")
    op.drop_index("uq_invitations_open", table_name="invitations")
    op.drop_index(op.f("ix_invitations_list_id"), table_name="invitations")
    op.drop_index("ix_invitations_invited_by", table_name="invitations")
    op.drop_index(op.f("ix_invitations_expires_at"), table_name="invitations")
    op.drop_index(op.f("ix_invitations_email_key"), table_name="invitations")

    op.drop_table("invitations")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")

    op.drop_table("sessions")
    op.drop_index(op.f("ix_lists_deleted_at"), table_name="lists")

    op.drop_table("lists")
    op.drop_index(op.f("ix_links_user_id"), table_name="links")
    op.drop_index(op.f("ix_links_expires_at"), table_name="links")

    op.drop_table("links")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")

    op.drop_table("idempotency_keys")
    op.drop_index("ix_events_at", table_name="events")

    op.drop_table("events")
    op.drop_index(op.f("ix_admin_messages_user_id"), table_name="admin_messages")

    op.drop_table("admin_messages")
    op.drop_index("ix_users_created_at", table_name="users")

    op.drop_table("users")
    op.drop_table("streams")
    op.drop_table("workers")
    for name in ("ix_jobs_suspects", "ix_jobs_for_user", "ix_jobs_turn", "ix_jobs_finished_at"):
        op.drop_index(name, table_name="jobs")
    op.drop_index("ix_jobs_due", table_name="jobs")

    op.drop_table("jobs")
    op.drop_index(op.f("ix_audit_user_id"), table_name="audit")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")

    op.drop_table("audit")
