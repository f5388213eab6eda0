"""Examples of connected applications for the OpenAPI document, about the list of examples.py."""

from typing import Any

Json = dict[str, Any]

_BACK = "http://127.0.0.1:49152/callback"
_REQUEST: Json = {
    "response_type": "code",
    "client_id": "06gzk4t9a3c5e7g9j1m3p5r7t9",
    "redirect_uri": _BACK,
    "scope": "read write",
    "state": "c2Vjb25kIHdpbmRvdw",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
    "resource": "https://todo.example.org/mcp",
}
_STATE = "state=c2Vjb25kIHdpbmRvdw&iss=https%3A%2F%2Ftodo.example.org"
_LIST_ID = "06gzk4c8w0qx2m3n5p7r9s1t3v"

ANSWERS: Json = {
    "AuthorizationRequestShape": {
        "client_name": "Travel planner",
        "is_built_in": False,
        "returns_to": "127.0.0.1",
        "is_on_this_device": True,
        "scope": "write",
        "audience": "mcp",
        "deny_url": f"{_BACK}?error=access_denied&{_STATE}",
        "problem": None,
    },
    "RedirectShape": {
        "redirect_to": f"{_BACK}?code=llc_Wm3kT9vXq2LhB7cRzN5pYd8sFgJ4aUeK6oQiMxVtZ0w&{_STATE}"
    },
    "DeviceRequestShape": {
        "client_name": "Livelist command line",
        "is_built_in": True,
        "address": "192.0.2.17",
        "is_your_address": True,
        "scope": "write",
        "audience": "api",
        "created_at": "2026-11-24T08:30:00.000000Z",
        "expires_at": "2026-11-24T08:40:00.000000Z",
    },
    "ApplicationShape": {
        "id": "06gzk4v2b4d6f8h0k2n4q6s8v0",
        "name": "Travel planner",
        "returns_to": "127.0.0.1",
        "scope": "write",
        "list_ids": [_LIST_ID],
        "audience": "mcp",
        "created_at": "2026-11-21T12:00:00.000000Z",
        "last_used_at": "2026-11-24T08:30:00.000000Z",
    },
}
BODIES: Json = {
    "AuthorizationRequest": _REQUEST,
    "UserCodeBody": {"user_code": "WDJB-MJHT"},
    "DeviceDecision": {
        "user_code": "WDJB-MJHT",
        "decision": "allow",
        "scope": "write",
        "list_ids": [_LIST_ID],
    },
    "Allowing": {"request": _REQUEST, "scope": "write", "list_ids": [_LIST_ID]},
}
