"""Examples of attachments. Ids and instants are those of examples.py."""

from typing import Any

ATTACHMENT_ID = "06gzk4p7e1g3j5m7p9r1t3v5x7"
ANSWERS: dict[str, Any] = {
    "AttachmentShape": {
        "id": ATTACHMENT_ID, "todo_id": "06gzk4d2g1rj8k6h4f2d0b8z6x",
        "uploader": {"id": "06gzk3zq9ph4f6d8b0y2w4t6r8", "name": "Ana", "avatar_url": None},
        "name": "Reservation.pdf", "media_type": "application/pdf", "size_bytes": 48213,
        "width": None, "height": None, "has_thumbnail": False,
        "created_at": "2026-11-21T12:30:00.000000Z",
    },
}  # fmt: skip
