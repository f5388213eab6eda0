"""Security headers on every answer.

Pure ASGI. A route that sets one of these headers itself keeps its own.
"""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.settings import Settings

# A year, the least that the preload lists of browsers accept. Without includeSubDomains: the other
# hosts of the domain are not ours to decide about.
HSTS = "max-age=31536000"


class SecurityHeadersMiddleware:
    """Add the headers of docs/security.md, "Output", to every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in security_headers(settings).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in self._headers if name not in own),
                ]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def security_headers(settings: Settings) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": content_security_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # Other sites must not see which list or invitation a link was clicked in.
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # Answers are private. Those that may be cached say so themselves (api/web_client.py).
        "Cache-Control": "no-store",
    }
    if settings.web.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = HSTS
    return headers


def content_security_policy(settings: Settings) -> str:
    """Return the policy of the web client: own files, images from any https, nothing inline."""
    # In some browsers 'self' does not include the WebSocket.
    sockets = " ".join(
        f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
        for parts in map(urlsplit, settings.web.own_origins)
        # A policy cannot contain an IPv6 address: browsers log an error.
        if "[" not in parts.netloc
    )
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' https: data:",
            f"connect-src 'self' {sockets}",
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
