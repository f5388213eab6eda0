"""Examples for the OpenAPI document: the administration of the site."""

from typing import Any

AT = "2026-11-21T12:00:00.000000Z"
LATER = "2026-11-21T12:30:00.000000Z"
USER_ID = "06gzk3zq9ph4f6d8b0y2w4t6r8"
JOB_ID = "06gzk4k2c4e6g8j0m2p4r6t8w0"

ANSWERS: dict[str, dict[str, Any]] = {
    "SiteShape": {
        "name": "Livelist", "registration": "open", "is_domain_limited": False,
        "sign_in_providers": [{"id": "corp", "name": "Example Inc."}], "version": "0.1.0",
        "languages": ["en"], "logo_url": "/assets/logo-5d41402abc4b2a76.svg",
        "accent_colour": "#0b7265", "sign_up_text": "For members of the choir.",
        "help_url": "https://example.org/help", "imprint_url": None,
        "privacy_url": "https://example.org/privacy", "terms_url": None,
        "receives_mail": True, "default_locale": "en", "default_time_zone": "Europe/Berlin",
    },
    "AuditPage": {
        "items": [
            {
                "id": JOB_ID, "at": AT, "action": "password.changed", "actor_id": USER_ID,
                "user_id": USER_ID, "list_id": None, "address": "192.0.2.7", "facts": {},
            }
        ],
        "next_cursor": None,
    },
    "JobCountsShape": {
        "items": [{"kind": "send_digest", "state": "queued", "count": 40, "next_at": LATER}],
        "oldest_due_seconds": 0.0,
    },
    "DeadJobPage": {
        "items": [
            {
                "id": JOB_ID, "kind": "send_invitation", "attempts": 1, "crashes": 0,
                "in_doubt_count": 0, "error": "the mail server answered 550",
                "request_id": "06gzk5a7c9e1g3j5m7p9r1t3w5", "created_at": AT, "dead_at": LATER,
            }
        ],
        "next_cursor": None,
    },
    "ChangedJobsShape": {"count": 1},
    "MailReport": {
        "waiting_since": None, "last_sent_at": LATER, "last_failed_at": None, "answer": "",
        "paused": [],
    },
    "SiteStateShape": {
        "version": "0.1.0", "revision": "0010", "code_revision": "0010",
        "counts": {
            "users": 120, "active_users": 112, "suppressed_addresses": 1, "lists": 260,
            "todos": 5400, "events": 1204000, "estimated": ["events"],
        },
        "database": "postgres", "database_bytes": 64225791, "redis_bytes": 2411024,
        "nodes": [
            {
                "id": "812-06gzk4k2c4e6g8j0m2p4r6t8w0", "kind": "api", "host": "todo-1",
                "version": "0.1.0", "started_at": AT, "seen_at": LATER, "silent_seconds": 3.2,
                "is_alive": True, "lag_milliseconds": 1,
            },
        ],
        "settings": [{"name": "REGISTRATION_OPEN", "value": "false"}],
    },
}  # fmt: skip

BODIES: dict[str, dict[str, Any]] = {
    "InvitedUserBody": {"email": "ben@example.org", "name": "Ben", "site_role": "user"},
    "DeadJobsBody": {"ids": [JOB_ID]},
}
