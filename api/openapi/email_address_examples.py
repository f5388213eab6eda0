"""Examples of mail addresses of lists for the OpenAPI document, about the list of examples.py."""

from typing import Any

Json = dict[str, Any]

ANSWERS: Json = {
    "ListEmailAddressShape": {
        "is_available": True,
        "created_at": "2026-11-21T12:00:00.000000Z",
        "last_failed_at": None,
        "last_failure": "",
    },
    "NewListEmailAddressShape": {
        "address": "trip-to-vienna+llm_k5wq2zr7mbd3xh6tj4ya7nf2cgsv6eup@in.example.org",
        "created_at": "2026-11-21T12:00:00.000000Z",
    },
}
