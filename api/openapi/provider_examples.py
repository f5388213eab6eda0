"""Examples of the routes about sign-in with providers."""

from typing import Any

Json = dict[str, Any]

_IDENTITY_ID = "06gzk41f3hm7p9r1t3v5x7z9b1"

BODIES: dict[str, Json] = {
    "Finishing": {
        "state": "Xq3dS8mZ_r9KxW4cJp6NdB8sYfL3gEahQ7vT2mZr9K",
        "code": "SplxlOBeZQQYbYS6WxSbIA",
        "iss": "https://id.example.org/realms/main",
    },
    "ProviderChoice": {"provider": "corp"},
    "LinkConfirmation": {"token": "V2hhdCBhcmUgeW91IGxvb2tpbmc"},
    "Body_log_out_by_provider": {"logout_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2ln"},
}

ANSWERS: dict[str, Json] = {
    "StartedSignInShape": {
        "url": "https://id.example.org/realms/main/protocol/openid-connect/auth?response_type=code",
    },
    "ProviderSignInShape": {
        "outcome": "link_required",
        "sign_in": None,
        "challenge": None,
        "link_token": "V2hhdCBhcmUgeW91IGxvb2tpbmc",
        "email": "ana@example.org",
    },
    "IdentitiesShape": {
        "items": [
            {
                "id": _IDENTITY_ID,
                "provider": "corp",
                "name": "Example Inc.",
                "subject": "f81d4fae-7dec-11d0",
                "created_at": "2026-11-21T12:00:00.000000Z",
            }
        ]
    },
}
