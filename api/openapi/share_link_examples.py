"""Examples of share links for the OpenAPI document, about the list of examples.py."""

from typing import Any

Json = dict[str, Any]

LIST_ID = "06gzk4c8w0qx2m3n5p7r9s1t3v"
ANA_ID = "06gzk3zq9ph4f6d8b0y2w4t6r8"
AT = "2026-11-21T12:00:00.000000Z"
LATER = "2026-11-21T12:30:00.000000Z"
MONTH_LATER = "2026-12-21T12:00:00.000000Z"
SHARE_LINK_ID = "06gzk45a4m9r1t3v5x7z9b1d3f"
GUEST_ID = "06gzk46b5n0s2v4x6z8b0d2f4h"

_LINK_TOKEN = f"{SHARE_LINK_ID}.q2mVxRk0b7dT1cYwZ3sLhN9uJfA4gE6iPo8rKxQeM5A"
_SHARE_LINK: Json = {
    "id": SHARE_LINK_ID, "list_id": LIST_ID, "name": "Neighbours", "role": "editor",
    "has_password": True, "created_by": ANA_ID, "created_at": AT, "expires_at": MONTH_LATER,
    "use_count": 3, "last_used_at": LATER, "guest_count": 1, "token": _LINK_TOKEN,
}  # fmt: skip

ANSWERS: Json = {
    "ShareLinkShape": _SHARE_LINK,
    "InvitationPreviewShape": {
        "list_name": "Trip to Vienna",
        "invited_by": "Ana Lopez",
        "role": "editor",
    },
    "LinkPreviewShape": {"list_id": LIST_ID, "list_name": "Trip to Vienna", "role": "editor"},
    "GuestSessionShape": {
        "token": "llg_4hV0cW8pT2nLq6RzYbKx1mD9sGfJ3eAu7iPoXwNtQy5Za0BcDeFg",
        "expires_at": MONTH_LATER,
        "user": {"id": GUEST_ID, "name": "Cleo (guest)", "avatar_url": None},
        "list_id": LIST_ID,
        "role": "editor",
    },
}
BODIES: Json = {
    "NewShareLinkBody": {
        "name": "Neighbours",
        "role": "editor",
        "password": "a garden gate",
        "expires_at": MONTH_LATER,
    },
    "ShareLinkEditBody": {"role": "viewer", "expires_at": None},
    "InvitationTokenBody": {"token": _LINK_TOKEN},
    "LinkProofBody": {"token": _LINK_TOKEN, "password": "a garden gate"},
    "JoinBody": {
        "token": _LINK_TOKEN,
        "password": "a garden gate",
        "name": "Cleo",
        "time_zone": "Europe/Vienna",
    },
}
