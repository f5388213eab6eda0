"""The secret of a sign-in that is under way at a provider, in a cookie of the browser that began it.

Ten minutes, and the newest sign-in of a browser only. `Strict`, because only our own page sends it back:
the provider leads to a page, and its script calls the API.
"""

from typing import Annotated

from fastapi import Depends, Request, Response

from api.http.dependencies import OpenResources
from shared.accounts.provider_sign_in.tickets import TICKET_MINUTES
from shared.settings import Settings


class ProviderCookie:
    """Read the cookie of one request, and write it to its response."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self._request = request
        self._is_https = settings.web.public_url.startswith("https://")
        # As for the refresh cookie: browsers refuse the prefix over plain http.
        self._name = "__Host-livelist_provider" if self._is_https else "livelist_provider"

    def read(self) -> str:
        """Return the secret, or "", of which no state was ever derived."""
        return self._request.cookies.get(self._name, "")

    def write(self, response: Response, secret: str) -> None:
        self._set(response, secret, TICKET_MINUTES * 60)

    def clear(self, response: Response) -> None:
        self._set(response, "", 0)

    def _set(self, response: Response, secret: str, seconds: int) -> None:
        response.set_cookie(
            self._name,
            secret,
            max_age=seconds,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="strict",
        )


async def get_provider_cookie(request: Request, resources: OpenResources) -> ProviderCookie:
    return ProviderCookie(request, resources.settings)


SignInCookie = Annotated[ProviderCookie, Depends(get_provider_cookie)]
