"""Examples for the OpenAPI document: one for each body and each answer, by the name of its schema.

They are all about one trip that Ana and Ben plan. A test validates each example by its model.
"""

from typing import Any

from api.openapi import administration_examples, list_examples, oauth_examples, webhook_examples
from api.openapi import attachment_examples as attachments
from api.openapi import calendar_feed_examples as calendar_feeds
from api.openapi import email_address_examples as email_addresses
from api.openapi import import_examples as imports
from api.openapi import provider_examples as providers
from api.openapi import share_link_examples as share_links
from shared.contract.shapes import TodoShape
from shared.todos.rules.todo_edits import empty_fields

LIST_ID = "06gzk4c8w0qx2m3n5p7r9s1t3v"
TODO_ID = "06gzk4d2g1rj8k6h4f2d0b8z6x"
NEIGHBOUR_ID = "06gzk4d5m7vw3y5a7c9e1g3j5k"
LABEL_ID = "06gzk4cx5p2q4r6s8t0v2w4x6y"
ANA_ID = "06gzk3zq9ph4f6d8b0y2w4t6r8"
BEN_ID = "06gzk40b7nk5m7p9r1t3w5y7a9"
SESSION_ID = "06gzk41f3hm7p9r1t3v5x7z9b1"
API_TOKEN_ID = "06gzk42h5pn9r1t3v5x7z9b1d3"  # noqa: S105  an id
PASSKEY_ID = "06gzk43k7rq1t3v5x7z9b1d3f5"  # an id
EXPORT_ID = "06gzk43k7rm9t1v3x5z7b9d1f3"
INVITATION_ID = "06gzk44w2j6m8q0s2v4x6z8b0d"
EPOCH = "5f0c2a71"
AT = "2026-11-21T12:00:00.000000Z"
LATER = "2026-11-21T12:30:00.000000Z"
MONTH_LATER = "2026-12-21T12:00:00.000000Z"
_TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  of no account

Json = dict[str, Any]
_ANA: Json = {"id": ANA_ID, "name": "Ana", "avatar_url": None}
_DUE: Json = {"at": "2026-12-24T09:00:00", "zone": "Europe/Berlin"}
_STREAM: Json = {"list_id": LIST_ID, "epoch": EPOCH, "seq": 12}

_ACCOUNT: Json = _ANA | {
    "email": "ana@example.org", "bio": "", "time_zone": "Europe/Berlin", "locale": "en",
    "language": "", "week_start": "", "hour_cycle": "",
    "site_role": "user", "status": "active", "is_verified": True, "last_login_at": LATER,
    "has_second_factor": False, "mail_refused_at": None, "mail_refusal": "",
    "version": 1, "created_at": AT, "updated_at": AT,
}  # fmt: skip
_SESSION: Json = {
    "id": SESSION_ID, "user_agent": "Mozilla/5.0", "device": "Firefox on Linux", "current": True,
    "address": "192.0.2.7", "sign_in_method": "password", "created_at": AT, "last_used_at": LATER,
    "expires_at": MONTH_LATER,
}  # fmt: skip
_API_TOKEN: Json = {
    "id": API_TOKEN_ID, "name": "Calendar on my phone", "scope": "write", "list_ids": [LIST_ID],
    "created_at": AT, "expires_at": MONTH_LATER, "last_used_at": LATER,
}  # fmt: skip
_PASSKEY: Json = {
    "id": PASSKEY_ID, "name": "My phone", "is_backed_up": True, "created_at": AT, "last_used_at": LATER,
}  # fmt: skip
# Shortened: its parts have no meaning without each other.
_CREDENTIAL_ID = "KQ1f0Yyx2LJcE0zqf3mV8w"
_CHALLENGE = "n3kT0mBhXr0sWJ7rYp1q5Jf8vUQG2xZbDcE4aLoKi9M"
_CLIENT_DATA = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0"
_ASSERTION: Json = {
    "id": _CREDENTIAL_ID, "client_data_json": _CLIENT_DATA,
    "authenticator_data": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
    "signature": "MEUCIQCwZb4fyOdP0oXyLRx0TlKDl1lOgdFD",
    "user_handle": "wH2n0kqv3mZ1s8xYt5rP7aLcE9dJ4bUoGfTi6KVQyhM",
}  # fmt: skip
_LIST: Json = {
    "id": LIST_ID, "name": "Trip to Vienna", "colour": "teal", "icon": "🚂", "is_inbox": False,
    "archived_at": None, "deleted_at": None, "version": 1, "created_at": AT, "updated_at": AT,
    "role": "owner", "placement": list_examples.PLACEMENT,
    "view": None, "open_count": 1, "stream": _STREAM,
}  # fmt: skip
_MEMBER: Json = {"user": _ANA, "role": "owner", "joined_at": AT, "link_id": None}
_INVITATION: Json = {
    "id": INVITATION_ID, "list_id": LIST_ID, "list_name": "Trip to Vienna",
    "email": "ben@example.org", "role": "editor", "invited_by": _ANA,
    "created_at": AT, "expires_at": "2026-12-05T12:00:00.000000Z",
}  # fmt: skip
_LABEL: Json = {"id": LABEL_ID, "list_id": LIST_ID, "name": "before Christmas", "colour": "red"}
_REPEAT: Json = {
    "rule": "FREQ=YEARLY", "counts_from": "schedule", "anchor": _DUE, "occurrence": 1,
    "day": "2026-12-24", "left": None,
}  # fmt: skip
_NEXT_YEAR: Json = {
    "due": {"at": "2027-12-24T09:00:00", "zone": "Europe/Berlin"},
    "due_at": "2027-12-24T08:00:00.000000Z",
}
_TODO: Json = {
    **dict.fromkeys(TodoShape.model_fields), **empty_fields(), "id": TODO_ID, "list_id": LIST_ID,
    "title": "Book the night train", "description": "Two berths, window if they have one.",
    "priority": 3, "due": _DUE, "due_at": "2026-12-24T08:00:00.000000Z",
    "repeat": _REPEAT, "rank": "a1", "assignees": [BEN_ID], "labels": [LABEL_ID], "comment_count": 1,
    "attachment_count": 1, "version": 2, "created_by": ANA_ID, "created_at": AT, "updated_at": LATER,
}  # fmt: skip
_COMMENT: Json = {
    "id": "06gzk4h3c9d1f3h5k7m9p1r3t5", "todo_id": TODO_ID, "author": _ANA, "mentions": [BEN_ID],
    "body": f"@[{BEN_ID}] the one at 22:10?", "created_at": LATER, "edited_at": None,
    "reactions": [{"emoji": "\U0001f44d", "user_ids": [BEN_ID]}],
}  # fmt: skip
_REMINDER: Json = {
    "id": "06gzk4m1b3d5f7h9k1m3p5r7t9", "todo_id": TODO_ID, "list_id": LIST_ID,
    "at": None, "minutes_before": 60, "snoozed_until": None, "fires_at": "2026-12-24T07:00:00.000000Z",
    "state": "scheduled", "sent_at": None, "detail": "",
}  # fmt: skip
_NOTIFICATION: Json = {
    "id": "06gzk4h3d2f4h6k8m0p2r4t6w8", "kind": "mentioned",
    "actor": {"id": ANA_ID, "name": "Ana"}, "list_id": LIST_ID, "todo_id": TODO_ID,
    "comment_id": "06gzk4h3c9d1f3h5k7m9p1r3t5", "invitation_id": None, "list_name": None,
    "created_at": LATER, "read_at": None,
}  # fmt: skip
_PREFERENCES: Json = {
    "channels": {
        "assigned": {"in_app": True, "mail": True, "push": True},
        "mentioned": {"in_app": True, "mail": True, "push": True},
        "commented": {"in_app": True, "mail": False, "push": False},
        "invited": {"in_app": True, "mail": True, "push": True},
        "removed": {"in_app": True, "mail": False, "push": False},
        "reminded": {"in_app": True, "mail": True, "push": True},
    },
    "digest": True, "digest_hour": 8,
}  # fmt: skip
_MAILS: Json = {kind: ways["mail"] for kind, ways in _PREFERENCES["channels"].items()}
# The browser's key and secret of RFC 8291, section 5.
_PUSH_KEY = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
_PUSH_ENDPOINT = "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"
_EVENT: Json = {
    "type": "event", "list": LIST_ID, "seq": 12, "event": "todo.edited", "at": LATER,
    "actor": {"id": ANA_ID, "name": "Ana"}, "mutation": None,
    "data": {"todo": _TODO, "changed": ["title"], "overwrote": None, "ended": None},
}  # fmt: skip
_PROBLEM: Json = {
    "type": "about:blank", "title": "Not acceptable", "status": 422, "code": "invalid",
    "detail": "Some of what you sent is not acceptable.",
    "errors": [
        {
            "field": "title", "code": "string_too_long",
            "message": "String should have at most 500 characters",
        }
    ],
    "request_id": "06gzk5a7c9e1g3j5m7p9r1t3w5",
}  # fmt: skip

# What `curl -N` shows of a stream; shortened, as it has no schema to be checked against.
EVENT_STREAM = f"""\
retry: 2210

id: {EPOCH}:11
event: subscribed
data: {{"type":"subscribed","re":0,"list":"{LIST_ID}","epoch":"{EPOCH}","seq":11}}

id: {EPOCH}:12
data: {{"type":"event","list":"{LIST_ID}","seq":12,"event":"todo.edited","at":"{LATER}",…}}
"""

ANSWERS: dict[str, Json] = {
    "AcceptedShape": {"status": "accepted"},
    "SignInShape": {
        "access_token": "eyJhbGciOiJIUzI1NiJ9…", "refresh_token": "V2hhdCBhcmUgeW91IGxvb2tpbmc",
        "token_type": "bearer", "expires_in": 900, "must_set_up_second_factor": False,
        "delete_at": None,
    },
    "ChallengeShape": {
        "challenge": "V2hvIGdvZXMgdGhlcmU_", "methods": ["totp", "recovery_code"],
    },
    "SecondFactorsShape": {
        "totp_since": AT, "passkeys": 1, "recovery_codes_left": 10, "is_required": False,
    },
    "NewTotpShape": {
        "secret": _TOTP_SECRET,
        "uri": f"otpauth://totp/Livelist:ana%40example.org?secret={_TOTP_SECRET}&issuer=Livelist",
        "qr_code": "data:image/svg+xml;charset=utf-8,…",
    },
    "RecoveryCodesShape": {"recovery_codes": ["7k2m-9fqx-0d4t-vbn8"]},
    "DataExportShape": {
        "id": EXPORT_ID, "state": "running", "rows_done": 420, "rows_total": 1300,
        "size_bytes": 262144, "created_at": AT, "finished_at": None, "expires_at": MONTH_LATER,
    },
    **imports.ANSWERS,
    "AccountDeletionShape": {"delete_at": MONTH_LATER},
    "TicketShape": {"ticket": "Zm9yLiBOb3RoaW5nIGhlcmUu", "expires_in": 30},
    "SessionsShape": {"items": [_SESSION]},
    "ApiTokenShape": _API_TOKEN,
    "NewApiTokenShape": _API_TOKEN | {
        "token": "llt_0kKf2Yd8Qm4VxS7bTn1WcR9gLpZ3hJ6uE5aXyMvBtCoDsiNqeFGHw",
    },
    "PasskeyShape": _PASSKEY,
    "AddedPasskeyShape": _PASSKEY | {"last_used_at": None, "recovery_codes": ["7k2m-9fqx-0d4t-vbn8"]},
    "PasskeyCreationOptions": {
        "rp": {"id": "todo.example.org", "name": "Livelist"},
        "user": {
            "id": "wH2n0kqv3mZ1s8xYt5rP7aLcE9dJ4bUoGfTi6KVQyhM", "name": "ana@example.org",
            "displayName": "Ana",
        },
        "challenge": _CHALLENGE,
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -8, -257)],
        "timeout": 300_000,
        "excludeCredentials": [
            {"type": "public-key", "id": _CREDENTIAL_ID, "transports": ["internal", "hybrid"]}
        ],
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
        },
        "attestation": "none",
    },
    "PasskeyRequestOptions": {
        "challenge": _CHALLENGE, "timeout": 300_000, "rpId": "todo.example.org",
        "allowCredentials": [], "userVerification": "required",
    },
    "AccountShape": _ACCOUNT,
    "ManagedAccountShape": _ACCOUNT | {"delete_at": None},
    "AccountSnapshot": {
        "stream": {"list_id": f"user:{ANA_ID}", "epoch": "0b61f3e9", "seq": 4},
        "account": _ACCOUNT, "lists": [_LIST], **list_examples.OF_SNAPSHOT,
        "invitations": [_INVITATION], "reminders": [_REMINDER],
        "notifications": {"items": [_NOTIFICATION], "unread_count": 1},
        "preferences": _PREFERENCES,
    },
    "MyListShape": _LIST,
    **list_examples.ANSWERS,
    "MemberShape": _MEMBER,
    **providers.ANSWERS,
    "InvitationShape": _INVITATION,
    **share_links.ANSWERS,
    **calendar_feeds.ANSWERS,
    **email_addresses.ANSWERS,
    **oauth_examples.ANSWERS,
    **webhook_examples.ANSWERS,
    "SentInvitationShape": _INVITATION | {"mail_failure": ""},
    "LabelShape": _LABEL,
    "ListSnapshot": {
        "stream": _STREAM, "list": _LIST, "members": [_MEMBER], "labels": [_LABEL],
        "todos": [_TODO], "next_cursor": None,
    },
    "ListSnapshots": {
        "items": [
            {
                "stream": _STREAM, "list": _LIST, "members": [_MEMBER], "labels": [_LABEL],
                "todos": [_TODO], "next_cursor": None,
            }
        ],
        "next_cursor": LIST_ID,
    },
    "MissedEvents": {"items": [_EVENT], "stream": _STREAM},
    "TodoShape": _TODO,
    "EditedTodoShape": _TODO | {"version": 3, "overwrote": {"title": "Book the train"}},
    "TodosShape": {"items": [_TODO]},
    "TodoPage": {"items": [_TODO], "next_cursor": None, "total": 1},
    "OccurrencesShape": {
        "items": [
            {
                "occurrence": 1, "day": "2026-12-24", "due": _DUE, "outcome": "completed",
                "at": LATER, "by": ANA_ID,
            }
        ],
        "next_cursor": None, "total": 1, "upcoming": [_NEXT_YEAR],
    },
    "RepeatPreview": {
        "rule": "FREQ=YEARLY",
        "dates": [{"due": _DUE, "due_at": "2026-12-24T08:00:00.000000Z"}, _NEXT_YEAR],
    },
    "ReminderTestShape": {
        "id": "06gzk4n1b3d5f7h9k1m3p5r7t9", "state": "sending", "detail": "", "at": LATER,
    },
    **attachments.ANSWERS,
    "CommentShape": _COMMENT,
    "CommentVersionsShape": {"items": [{"body": "The one at 21:10?", "written_at": AT}]},
    "ReminderShape": _REMINDER,
    "NotificationPage": {
        "items": [_NOTIFICATION], "next_cursor": None, "total": 1, "unread_count": 1,
    },
    "NotificationShape": _NOTIFICATION,
    "UnreadShape": {"unread_count": 0},
    "PreferencesShape": _PREFERENCES,
    "PushShape": {"public_key": _PUSH_KEY},
    "PushSubscriptionShape": {"id": "06gzk4q2c4e6g8j0l2n4q6s8v0", "created_at": LATER},
    "MailPreferencesShape": {"email": "a…@example.org", "mail": _MAILS, "digest": True},
    "Problem": _PROBLEM,
    "HealthReport": {
        "status": "degraded",
        "checks": {"database": "ok", "broker": "ok", "worker": "ok", "mail": "degraded"},
        "mail": {
            "waiting_since": AT, "last_sent_at": AT, "last_failed_at": LATER,
            "answer": "535 5.7.8 Error: authentication failed",
            "paused": [
                {
                    "kind": "send_reminder", "until": LATER,
                    "answer": "535 5.7.8 Error: authentication failed",
                },
            ],
        },
        "pubsub": [{"channels": ["livelist:0", "livelist:1"], "is_up": True, "since": AT}],
        "version": "0.1.0", "time": LATER,
    },
    "Alive": {"status": "ok"},
    **administration_examples.ANSWERS,
}  # fmt: skip

_LINK_TOKEN = "06gzk48s4k8n0p2r4t6w8y0a2c.kQ7mS3xZ"  # noqa: S105  shows the form
_PASSWORD = "four words nobody guesses"  # noqa: S105  likewise

BODIES: dict[str, Json] = {
    **imports.BODIES,
    "Registering": {
        "email": "ana@example.org", "password": _PASSWORD, "name": "Ana",
        "time_zone": "Europe/Berlin", "locale": "en",
    },
    **providers.BODIES,
    "Credentials": {"email": "ana@example.org", "password": _PASSWORD},
    "ChallengeAnswer": {
        "challenge": "V2hvIGdvZXMgdGhlcmU_", "proof": {"method": "totp", "code": "492039"},
    },
    "TotpProof": {"method": "totp", "code": "492039"},
    "RecoveryCodeProof": {"method": "recovery_code", "code": "7k2m-9fqx-0d4t-vbn8"},
    "CodeBody": {"code": "492039"},
    "PasswordProof": {"method": "password", "password": _PASSWORD},
    "Body_login_with_form": {"username": "ana@example.org", "password": _PASSWORD},
    "Address": {"email": "ana@example.org"},
    "Verifying": {"token": _LINK_TOKEN},
    "Resetting": {"token": _LINK_TOKEN, "password": _PASSWORD},
    "Refreshing": {"refresh_token": "V2hhdCBhcmUgeW91IGxvb2tpbmc"},
    "ReplacingProfile": {"name": "Ana B.", "bio": "Travels by train."},
    "EditingProfile": {"name": "Ana B.", "avatar_url": None},
    "ChangingPassword": {"current_password": _PASSWORD, "new_password": "other words nobody guesses"},
    "ChangingEmail": {"email": "ana@example.net"},
    "EditingUser": {"status": "disabled"},
    "Message": {"subject": "Maintenance on Sunday", "body": "Livelist restarts at 8:00."},
    **list_examples.BODIES,
    "RoleBody": {"role": "commenter"},
    **share_links.BODIES,
    **calendar_feeds.BODIES,
    **oauth_examples.BODIES,
    **webhook_examples.BODIES,
    "InvitationBody": {"email": "ben@example.org", "role": "editor"},
    "AcceptBody": {"token": _LINK_TOKEN},
    "DeclineBody": {"invitation_id": INVITATION_ID},
    "NewTodoBody": {
        "list_id": LIST_ID, "title": "Book the night train", "priority": 3, "due": _DUE,
        "assignees": [BEN_ID], "labels": [LABEL_ID],
    },
    "EditBody": {"title": "Book the night train", "due": None, "base_seq": 12},
    "ReplacementBody": {"title": "Book the night train", "priority": 3, "due_date": "2026-12-24"},
    "BulkUpdateBody": {"todo_ids": [TODO_ID, NEIGHBOUR_ID], "updates": {"status": "completed"}},
    "BulkNewBody": {"list_id": LIST_ID, "todos": [{"title": "Passport"}, {"title": "Tickets"}]},
    "BulkIdsBody": {"todo_ids": [TODO_ID, NEIGHBOUR_ID]},
    "BulkBody": {"ids": [TODO_ID, NEIGHBOUR_ID], "changes": {"status": "completed"}},
    "OccurrenceBody": {"occurrence": 1},
    "PerhapsOccurrenceBody": {"occurrence": 1},
    "PreviewBody": {"due": _DUE, "repeat": {"rule": "FREQ=YEARLY"}},
    "SnoozeBody": {"minutes": 10},
    "MoveBody": {"before_id": NEIGHBOUR_ID},
    "CommentBody": {"body": f"@[{BEN_ID}] the one at 22:10?"},
    "ReminderBody": {"minutes_before": 60},
    "ReadBody": {"through": "06gzk4h3d2f4h6k8m0p2r4t6w8"},
    "NewPasskeyBody": {
        "name": "My phone", "id": _CREDENTIAL_ID, "client_data_json": _CLIENT_DATA,
        "attestation_object": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVg",
        "transports": ["internal", "hybrid"],
    },
    "PasskeyNameBody": {"name": "My phone"}, "RenamingApiToken": {"name": "On my laptop"},
    "PasskeyAssertion": _ASSERTION,
    "PasskeyProof": _ASSERTION | {"method": "passkey"},
    "OpenedChallenge": {"challenge": "V2hvIGdvZXMgdGhlcmU_"},
    "NewApiTokenBody": {
        "name": "Calendar on my phone", "scope": "write", "list_ids": [LIST_ID],
        "expires_at": MONTH_LATER,
    },
    "MailLink": {"token": _LINK_TOKEN},
    "MailChoice": {"token": _LINK_TOKEN, "mail": {"commented": False}},
    "PushSubscriptionBody": {
        "endpoint": _PUSH_ENDPOINT,
        "keys": {"p256dh": _PUSH_KEY, "auth": "BTBZMqHH6r4Tts7J_aSIgg"},
    },
    "PushEndpoint": {"endpoint": _PUSH_ENDPOINT},
    "PreferencesBody": {"channels": {"commented": {"mail": True}}},
    **administration_examples.BODIES,
}  # fmt: skip


def example_of(name: str) -> Json | None:
    """Return the example of a schema; for `Page[X]` and the like, a page with the example of X."""
    example = ANSWERS.get(name) or BODIES.get(name)
    if example is not None:
        return example
    kind, _, item = name.rstrip("_").partition("_")
    if item not in ANSWERS:
        return None
    items = [ANSWERS[item]]
    pages: dict[str, Json] = {
        "Items": {"items": items},
        "Page": {"items": items, "next_cursor": None, "total": 1},
        "NumberedPage": {
            "items": items, "total": 1, "page": 1, "page_size": 50, "total_pages": 1,
            "has_next": False, "has_prev": False,
        },
    }  # fmt: skip
    return pages.get(kind)
