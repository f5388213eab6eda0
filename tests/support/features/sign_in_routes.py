"""The routes of sign-in for the permission matrix, with the body of each."""

from typing import Any

NOT_AN_ACCOUNT = "nobody@example.com"
SIGN_IN_ROUTES: dict[str, Any] = {
    "POST /auth/register": {"email": NOT_AN_ACCOUNT, "password": "long enough 1", "name": "No"},
    "POST /auth/verify-email": {"token": "wrong"},
    "POST /auth/resend-verification": {"email": NOT_AN_ACCOUNT},
    "POST /auth/login": {"email": NOT_AN_ACCOUNT, "password": "long enough 1"},
    "POST /auth/token": None,
    "POST /auth/challenge": {
        "challenge": "wrong",
        "proof": {"method": "totp", "code": "000000"},
    },
    "POST /auth/step-up": {"method": "password", "password": "wrong password"},
    "POST /auth/refresh": {"refresh_token": "wrong"},
    "POST /auth/logout": None,
    "POST /auth/forgot-password": {"email": NOT_AN_ACCOUNT},
    "POST /auth/reset-password": {"token": "wrong", "password": "long enough 1"},
    "GET /auth/sessions": None,
    "DELETE /auth/sessions": None,
    "DELETE /auth/sessions/{session_id}": None,
    "POST /auth/oidc/links": {"token": "wrong"},
    "POST /auth/oidc/{provider}/start": None,
    "POST /auth/oidc/{provider}/finish": {"state": "wrong"},
    "POST /auth/oidc/{provider}/backchannel-logout": None,
}
