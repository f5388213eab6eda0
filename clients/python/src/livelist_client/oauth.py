"""Sign in by OAuth: the device flow (RFC 8628), and access tokens that renew themselves.

Every request goes to the site whose address the user gave. The metadata (RFC 8414) only say whether the
device flow is offered; the paths are those of docs/oauth.md.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from livelist_client.errors import LivelistError, Unreachable
from livelist_client.limits import DEFAULT_LIMITS, Limits
from livelist_client.rest.requests import is_loopback

CLIENT_ID = "livelist-cli"
SCOPE = "read write"
METADATA = "/.well-known/oauth-authorization-server"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
# RFC 8628, section 3.5: the pause if the server names none, and what `slow_down` adds to it.
POLL_SECONDS = 5.0
SLOW_DOWN_SECONDS = 5.0


class OAuthRefused(LivelistError):
    """The server refused, with a code of OAuth such as `access_denied`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text or f"The server refused the sign-in ({code}).")
        self.code = code


@dataclass(frozen=True)
class OAuthTokens:
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class DeviceCode:
    """What the user sees: open `address` and enter `user_code`."""

    device_code: str
    user_code: str
    address: str
    complete_address: str
    expires_in: float
    interval: float


class OAuthSite:
    """The OAuth endpoints of one site."""

    def __init__(
        self,
        url: str,
        limits: Limits = DEFAULT_LIMITS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = httpx.URL(url.rstrip("/"))
        self._limits, self._transport = limits, transport

    async def offers_device_flow(self) -> bool:
        """Return True if the site has metadata that name the device flow."""
        response = await self._request("GET", METADATA)
        if response.status_code != httpx.codes.OK:
            return False
        try:
            return "device_authorization_endpoint" in response.json()
        except ValueError:
            return False

    async def begin(self) -> DeviceCode:
        """Ask for a code. Raise OAuthRefused."""
        answer = await self._post("/oauth/device_authorization", {"scope": SCOPE})
        address = str(answer["verification_uri"])
        return DeviceCode(
            str(answer["device_code"]),
            str(answer["user_code"]),
            address,
            str(answer.get("verification_uri_complete", address)),
            float(answer["expires_in"]),
            float(answer.get("interval", POLL_SECONDS)),
        )

    async def wait_for_user(
        self, code: DeviceCode, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> OAuthTokens:
        """Wait until the user has decided. Raise OAuthRefused: `access_denied`, `expired_token`."""
        interval, ends_at = code.interval, time.monotonic() + code.expires_in
        fields = {"grant_type": DEVICE_CODE, "device_code": code.device_code}
        while time.monotonic() < ends_at:
            await pause(interval)
            try:
                return _tokens(await self._post("/oauth/token", fields))
            except OAuthRefused as refused:
                if refused.code == "slow_down":
                    interval += SLOW_DOWN_SECONDS
                elif refused.code != "authorization_pending":
                    raise
            except Unreachable:
                interval *= 2  # RFC 8628, section 3.5: back off when a request timed out
        raise OAuthRefused("expired_token", "The code has expired: sign in again.")

    async def refresh(self, refresh_token: str) -> OAuthTokens:
        """Return new tokens; the refresh token works once. Raise OAuthRefused."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return _tokens(await self._post("/oauth/token", fields))

    async def revoke(self, refresh_token: str) -> None:
        """Disconnect this program."""
        await self._post("/oauth/revoke", {"token": refresh_token})

    async def _post(self, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        response = await self._request("POST", path, {"client_id": CLIENT_ID, **fields})
        try:
            body: dict[str, Any] = response.json()
        except ValueError:
            body = {}
        if response.is_success:
            return body
        # A rate limit is a problem with `code` and `detail` (RFC 9457).
        code = str(body.get("error") or body.get("code") or response.status_code)
        if response.status_code in (429, 502, 503, 504):
            code = "slow_down"
        raise OAuthRefused(code, str(body.get("error_description") or body.get("detail") or ""))

    async def _request(
        self, method: str, path: str, fields: Mapping[str, str] | None = None
    ) -> httpx.Response:
        async with httpx.AsyncClient(
            timeout=self._limits.request_seconds,
            trust_env=not is_loopback(self._url.host),
            transport=self._transport,
        ) as http:
            try:
                return await http.request(method, f"{self._url}{path}", data=fields)
            except httpx.TransportError as failure:
                raise Unreachable(f"{self._url.host} cannot be reached.") from failure


def _tokens(answer: Mapping[str, Any]) -> OAuthTokens:
    return OAuthTokens(str(answer["access_token"]), str(answer["refresh_token"]))


class OAuthCredentials:
    """Credentials whose access token is renewed when the server refuses it.

    `on_change` keeps the new tokens: the refresh token before works no longer.
    """

    def __init__(
        self, site: OAuthSite, tokens: OAuthTokens, on_change: Callable[[OAuthTokens], None]
    ) -> None:
        self._site, self._tokens, self._on_change = site, tokens, on_change
        # Requests that are refused at the same time renew once.
        self._lock = asyncio.Lock()

    @property
    def token(self) -> str:
        return self._tokens.access_token

    async def renew(self) -> bool:
        before = self._tokens
        async with self._lock:
            if self._tokens is not before:
                return True
            try:
                self._tokens = await self._site.refresh(before.refresh_token)
            except OAuthRefused as refused:
                if refused.code == "slow_down":
                    raise Unreachable("The server has no time for a new token.") from refused
                return False
            self._on_change(self._tokens)
            return True
