"""The refresh token of a browser, in a cookie that no script can read and no other site can send.

The prefix `__Host-` binds the cookie to this host over TLS, so that a sibling host cannot set one.
Over plain http, in development, browsers refuse that prefix and the name has none.
"""

from typing import Annotated

from fastapi import Depends, Header, Request, Response

from api.http.dependencies import OpenResources
from shared.errors import Forbidden
from shared.settings import Settings

WEB_CLIENT = "web"


class RefreshCookie:
    """Read the refresh cookie of one request, and write it to its response.

    `is_requested` is True if the client wants its refresh token in the cookie.
    """

    def __init__(self, request: Request, settings: Settings, *, is_requested: bool) -> None:
        self._settings = settings
        self._request = request
        self.is_requested = is_requested

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
        token = self._request.cookies.get(_name(self._settings))
        if token is not None:
            self.check_origin()
        return token

    def write(self, response: Response, token: str) -> None:
        self._set(response, token, self._settings.accounts.session_days * 86_400)

    def clear(self, response: Response) -> None:
        self._set(response, "", 0)

    def _set(self, response: Response, token: str, seconds: int) -> None:
        response.set_cookie(
            _name(self._settings),
            token,
            max_age=seconds,
            path="/",
            secure=_is_https(self._settings),
            httponly=True,
            samesite="strict",
        )


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


def _is_https(settings: Settings) -> bool:
    return settings.web.public_url.startswith("https://")


def _name(settings: Settings) -> str:
    return "__Host-livelist_refresh" if _is_https(settings) else "livelist_refresh"
