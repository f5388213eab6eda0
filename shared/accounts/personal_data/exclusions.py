"""What an export of an account leaves out, and why: whole tables, and columns of exported tables.

`tests/architecture/test_personal_data.py` fails for each table or column of the schema that is neither
in a section (sections.py) nor here. To add one: export it, unless it is a secret, derived from what is
exported, or about other users.
"""

_SECRET = "a secret, or its hash, that lets its holder in"  # noqa: S105
_DERIVED = "derived from other columns, for searching or comparing"
_ACCOUNT = "the account itself"
_INTERNAL = "a number or mark of the program, which says nothing about the user"

EXCLUDED_TABLES: dict[str, str] = {
    "account_deletions": "exists only while the account cannot be exported",
    "data_export_chunks": "the bytes of exports",
    "data_exports": "the exports themselves",
    "events": "copies, kept for some days, of changes to what is exported",
    "guests": "sessions of guests, who have no account",
    "idempotency_keys": "answers kept for 24 hours, of what is exported",
    "jobs": "work of the program; holds ids alone",
    "mail_kinds": "the state of the mail server",
    "passkey_ceremonies": _SECRET,
    "provider_sessions": "which exported identity began which session, as the provider calls it",
    "provider_tickets": _SECRET,
    "recovery_codes": _SECRET,
    "refresh_tokens": _SECRET,
    "sign_in_challenges": _SECRET,
    "streams": "positions in streams of events",
    "tickets": _SECRET,
    "api_nodes": "processes of the program",
    "webhook_cursors": "positions in streams of events",
    "webhook_deliveries": "copies, kept for some days, of what was sent of lists",
    "workers": "processes of the program",
}

EXCLUDED_COLUMNS: dict[str, str] = {
    "admin_messages.sent_by": "another user: the administrator",
    "admin_messages.user_id": _ACCOUNT,
    "api_tokens.hash": _SECRET,
    "api_tokens.user_id": _ACCOUNT,
    "calendar_preferences.user_id": _ACCOUNT,
    "calendar_feeds.hash": _SECRET,
    "calendar_feeds.user_id": _ACCOUNT,
    "external_identities.user_id": _ACCOUNT,
    "invitations.email_key": _DERIVED,
    "invitations.nonce": _SECRET,
    "invitations.invited_by": "the account itself; in received invitations another user",
    "known_devices.hash": _SECRET,
    "known_devices.user_id": _ACCOUNT,
    "labels.name_key": _DERIVED,
    "links.nonce": _SECRET,
    "links.password_hash": _SECRET,
    "links.session_id": _INTERNAL,
    "links.user_id": _ACCOUNT,
    "lists.inbox_of": "exported as is_inbox",
    "notifications.mail_due": _INTERNAL,
    "notifications.user_id": _ACCOUNT,
    "passkeys.public_key": _INTERNAL,
    "passkeys.sign_count": _INTERNAL,
    "passkeys.user_handle": _INTERNAL,
    "passkeys.user_id": _ACCOUNT,
    "preferences.mail_nonce": _SECRET,
    "preferences.user_id": _ACCOUNT,
    "push_subscriptions.auth": _SECRET,
    "push_subscriptions.endpoint": _SECRET,
    "push_subscriptions.endpoint_hash": _DERIVED,
    "push_subscriptions.p256dh": _SECRET,
    "push_subscriptions.server_key": _INTERNAL,
    "push_subscriptions.user_id": _ACCOUNT,
    "reminders.user_id": _ACCOUNT,
    "sessions.user_id": _ACCOUNT,
    "totp.encrypted_secret": _SECRET,
    "totp.key_id": _INTERNAL,
    "totp.last_step": _INTERNAL,
    "totp.pending_secret": _SECRET,
    "totp.user_id": _ACCOUNT,
    "todo_occurrences.before": "the todo before an end, kept to undo it; the todo is exported",
    "share_links.nonce": _SECRET,
    "share_links.password_hash": _SECRET,
    "todos.due_sort": _DERIVED,
    "todos.search_text": _DERIVED,
    "webhooks.encrypted_secret": _SECRET,
    "webhooks.key_id": _INTERNAL,
    "webhooks.job_id": _INTERNAL,
    "webhooks.user_id": _ACCOUNT,
    "users.email_key": _DERIVED,
    "users.password_hash": _SECRET,
    "users.search_key": _DERIVED,
}
