"""The security headers of every answer: docs/security.md, "Output"."""

from urllib.parse import urlsplit

from shared.settings import Settings

# A year, the least that the preload lists of browsers accept. Without includeSubDomains: the other
# hosts of the domain are not ours to decide about.
HSTS = "max-age=31536000"


def security_headers(settings: Settings) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": content_security_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # Other sites must not see which list or invitation a link was clicked in.
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # Answers are private. Those that may be cached say so themselves (api/web_client/release.py).
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
