"""An account with an authenticator app, and the codes that the app shows."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pyotp

from shared.accounts.authentication.sessions import IssuedTokens
from shared.accounts.second_factors import totp
from shared.resources import Resources
from tests.support.registration import PASSWORD, Registrar

V1 = "/api/v1"


@dataclass
class AppUser:
    """A user who registered, and set an authenticator app up in their first session."""

    resources: Resources
    tokens: IssuedTokens
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)
    email: str = "ana@example.com"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens.access_token}"}

    def code(self, steps: int = 0) -> str:
        """Return the code that the app shows, some steps of 30 s from now."""
        at = self.resources.clock.now() + timedelta(seconds=30 * steps)
        return pyotp.TOTP(self.secret).at(at)

    def wrong_code(self) -> str:
        """Return a code that is right at no step that the server accepts."""
        right = {self.code(steps) for steps in range(-2, 3)}
        return next(f"{number:06}" for number in range(10) if f"{number:06}" not in right)


async def user_with_app(registrar: Registrar, email: str = "ana@example.com") -> AppUser:
    """Register a user and set an app up; its first code was that of the step before this one."""
    resources = registrar.resources
    user = AppUser(resources, await registrar.register_and_verify(email), email=email)
    settings, actor = resources.settings, user.tokens.actor
    async with resources.begin() as work:
        user.secret = (await totp.begin_totp(work, settings, actor)).secret
    async with resources.begin() as work:
        shape = await totp.confirm_totp(work, settings, actor, user.code(-1))
    user.recovery_codes = shape.recovery_codes
    return user


async def begin(
    client: httpx.AsyncClient, email: str = "ana@example.com", **headers: str
) -> dict[str, Any]:
    """Pass the first step, and return the challenge."""
    body = {"email": email, "password": PASSWORD}
    answer = await client.post(f"{V1}/auth/login", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    challenge: dict[str, Any] = answer.json()
    assert "access_token" not in challenge
    return challenge


async def finish(
    client: httpx.AsyncClient,
    challenge: dict[str, Any],
    code: str,
    method: str = "totp",
    **headers: str,
) -> httpx.Response:
    body = {"challenge": challenge["challenge"], "proof": {"method": method, "code": code}}
    return await client.post(f"{V1}/auth/challenge", json=body, headers=headers)


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Return the status, and the code of a problem."""
    return answer.status_code, "" if answer.is_success else answer.json()["code"]
