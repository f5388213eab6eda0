"""The cookies of a browser, which no script can read: its refresh token, and a name for the device.

No other site can send the refresh token.

The prefix `__Host-` binds the cookie to this host over TLS, so that a sibling host cannot set one.
Over plain http, in development, browsers refuse that prefix and the name has none.
"""

import re
from typing import Annotated, Literal

from fastapi import Depends, Header, Request, Response

from api.http.dependencies import OpenResources
from shared.errors import Forbidden
from shared.ids import new_secret
from shared.settings import Settings

WEB_CLIENT = "web"
_REFRESH = "livelist_refresh"
# Lax, unlike the other: a sign-in that returns from another site must recognise the browser too. It
# authenticates nobody.
_DEVICE = "livelist_device"
_DEVICE_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# Browsers keep no cookie longer.
DEVICE_DAYS = 400
_DAY = 86_400


class RefreshCookie:
    """Read the refresh cookie of one request, and write it to its response.

    `is_requested` is True if the client wants its refresh token in the cookie.
    """

    def __init__(self, request: Request, settings: Settings, *, is_requested: bool) -> None:
        self._settings = settings
        self._request = request
        self.is_requested = is_requested
        # The secret by which sign-ins recognise this browser; empty for clients without cookies.
        self.device_token = ""
        self.is_new_device = False
        if is_requested or self._name(_REFRESH) in request.cookies:
            token = request.cookies.get(self._name(_DEVICE), "")
            self.is_new_device = not _DEVICE_TOKEN.fullmatch(token)
            self.device_token = new_secret() if self.is_new_device else token

    def check_origin(self) -> None:
        """Raise Forbidden `origin_refused` unless the request comes from one of our own pages."""
        headers = self._request.headers
        if headers.get("origin") in self._settings.web.origins:
            return
        # Browsers set this header themselves; a page cannot.
        if headers.get("sec-fetch-site") == "same-origin":
            return
        raise Forbidden("This page may not use the sign-in cookie.", code="origin_refused")

    def read(self) -> str | None:
        """Return the token in the cookie, if there is one. Raise Forbidden, as check_origin."""
        token = self._request.cookies.get(self._name(_REFRESH))
        if token is not None:
            self.check_origin()
        return token

    def write(self, response: Response, token: str) -> None:
        """Set the refresh token, and the token of the device, which outlives every session."""
        self._set(response, _REFRESH, token, self._settings.accounts.session_days * _DAY)
        self._set(response, _DEVICE, self.device_token, DEVICE_DAYS * _DAY, samesite="lax")

    def clear(self, response: Response) -> None:
        self._set(response, _REFRESH, "", 0)

    def _set(
        self,
        response: Response,
        name: str,
        value: str,
        seconds: int,
        samesite: Literal["lax", "strict"] = "strict",
    ) -> None:
        response.set_cookie(
            self._name(name),
            value,
            max_age=seconds,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite=samesite,
        )

    @property
    def _is_https(self) -> bool:
        return self._settings.web.public_url.startswith("https://")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self._is_https else name


async def get_refresh_cookie(
    request: Request,
    resources: OpenResources,
    livelist_client: Annotated[
        str | None,
        Header(
            description="`web` keeps the refresh token in a cookie instead of the answer.",
            max_length=20,
        ),
    ] = None,
) -> RefreshCookie:
    return RefreshCookie(request, resources.settings, is_requested=livelist_client == WEB_CLIENT)


BrowserCookie = Annotated[RefreshCookie, Depends(get_refresh_cookie)]
