"""Examples of webhooks for the OpenAPI document."""

from typing import Any

Json = dict[str, Any]

_LIST_ID = "06gzk4c8w0qx2m3n5p7r9s1t3v"
_ANA_ID = "06gzk3zq9ph4f6d8b0y2w4t6r8"
_AT = "2026-11-21T12:00:00.000000Z"
_WEBHOOK_ID = "06gzk48d7q2v4x6z8b0d2f4h6j"
_WEBHOOK: Json = {
    "id": _WEBHOOK_ID, "list_id": _LIST_ID, "user_id": _ANA_ID, "name": "Home",
    "url": "https://hooks.example/livelist", "host": "hooks.example",
    "events": ["todo.created"], "created_at": _AT, "disabled_at": None, "disabled_reason": "",
    "failures": 0, "failing_since": None, "retry_at": None, "last_error": "",
    "last_delivered_at": _AT,
}  # fmt: skip

ANSWERS: Json = {
    "WebhookShape": _WEBHOOK,
    "NewWebhookShape": _WEBHOOK | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "WebhookDeliveryShape": {
        "id": "06gzk49e8r3w5y7z9c1e3g5j7m", "kind": "event", "list_id": _LIST_ID,
        "epoch": "9f3c21ab", "seq": 12, "event": "todo.created",
        "message_id": f"msg_{_LIST_ID}_9f3c21ab_12", "state": "delivered", "attempts": 1,
        "response_status": 200, "duration_ms": 84, "error": "", "response": "ok",
        "created_at": _AT, "attempted_at": _AT,
    },
}  # fmt: skip
BODIES: Json = {
    "NewWebhookBody": {
        "name": "Home",
        "url": "https://hooks.example/livelist",
        "events": ["todo.created"],
    },
    "WebhookEditBody": {"name": "Kitchen", "events": []},
    "ReplayBody": {"list_id": _LIST_ID, "from_seq": 0},
}
