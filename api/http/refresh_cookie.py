"""The refresh token of a browser: in a cookie that no script can read and no other site can use.

`__Host-` binds the name to this host over TLS, so a sibling host cannot plant one. Over plain http,
which only development knows, browsers refuse that prefix, and the name goes without.
"""

from typing import Annotated

from fastapi import Depends, Header, Request, Response

from api.http.dependencies import OpenResources
from shared.errors import Forbidden
from shared.settings import Settings

WEB = "web"


class RefreshCookie:
    """The cookie as one request meets it."""

    def __init__(self, request: Request, settings: Settings, *, wanted: bool) -> None:
        self._settings = settings
        self._request = request
        self.wanted = wanted

    def check_origin(self) -> None:
        """Returns if one of our own pages asks. Raises Forbidden `origin_refused`."""
        headers = self._request.headers
        if headers.get("origin") in self._settings.web.origins:
            return
        # Browsers write this header themselves; no page can.
        if headers.get("sec-fetch-site") == "same-origin":
            return
        raise Forbidden("This page may not use the sign-in cookie.", code="origin_refused")

    def read(self) -> str | None:
        """Returns the token in the cookie, if there is one. Raises Forbidden for a foreign page."""
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


async def get_cookie(
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
    return RefreshCookie(request, resources.settings, wanted=livelist_client == WEB)


Cookie = Annotated[RefreshCookie, Depends(get_cookie)]


def _is_https(settings: Settings) -> bool:
    return settings.web.public_url.startswith("https://")


def _name(settings: Settings) -> str:
    return "__Host-livelist_refresh" if _is_https(settings) else "livelist_refresh"
