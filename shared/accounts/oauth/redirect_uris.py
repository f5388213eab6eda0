"""Which redirect URIs programs may register, and which of them a request names. Pure.

A program registers what it likes, so a redirect URI is written by a stranger. Schemes that a browser
runs or opens itself, such as javascript and data, are in none of the three forms.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MAX_LENGTH = 1000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# RFC 8252, 7.1: a private-use scheme is a domain name in reverse order, so it has a dot.
_REVERSE_DOMAIN = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
# Editors whose schemes are older than that rule.
_EDITORS = frozenset({"cursor", "vscode", "vscode-insiders", "windsurf", "zed"})
# Visible ASCII without what browsers correct or drop.
_URI = re.compile(r"[!#-;=?-\[\]_a-z~]+")
# Of the response: a registered one would be a second.
_RESPONSE = frozenset({"code", "error", "error_description", "iss", "state"})


class RedirectUriRejected(ValueError):
    """A sentence that says what is wrong and never quotes what was sent."""


def check_redirect_uri(uri: str) -> None:
    """Raise RedirectUriRejected unless `uri` is https, loopback, or of a private-use scheme."""
    if len(uri) > MAX_LENGTH:
        raise RedirectUriRejected(f"A redirect URI has at most {MAX_LENGTH} characters.")
    if not _URI.fullmatch(uri) or "#" in uri:
        raise RedirectUriRejected("A redirect URI is a URI in ASCII without a fragment.")
    try:
        parts = urlsplit(uri)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise RedirectUriRejected("This is no URI.") from None
    if not has_port or "@" in parts.netloc:
        raise RedirectUriRejected("A redirect URI has no user name and no port 0.")
    if not uri.startswith(f"{parts.scheme}:") or not _has_allowed_scheme(
        parts.scheme, parts.hostname
    ):
        raise RedirectUriRejected(
            "Use https, http with 127.0.0.1, [::1] or localhost, or a private-use scheme like "
            "org.example.app."
        )
    if not _RESPONSE.isdisjoint(name for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise RedirectUriRejected("A redirect URI does not hold parameters of the response.")


def _has_allowed_scheme(scheme: str, host: str | None) -> bool:
    if scheme == "https":
        return bool(host)
    if scheme == "http":
        return host in _LOOPBACK
    return scheme in _EDITORS or _REVERSE_DOMAIN.fullmatch(scheme) is not None


def is_registered(registered: Iterable[str], uri: str) -> bool:
    """Return True if `uri` is one of the registered ones, compared as text.

    Of a loopback address the port may differ: a program gets a free one when it starts (RFC 8252, 7.3).
    """
    return any(_without_port(uri) == _without_port(known) for known in registered)


def _without_port(uri: str) -> str:
    """Return a loopback URI without its port, and any other as it is."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return uri
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or "@" in parts.netloc:
        return uri
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit(("http", host, parts.path, parts.query, parts.fragment))


def host_of(uri: str) -> str:
    """Return what users see of where the browser goes: the host, or the scheme of a program.

    All extensions of an editor share its scheme: what follows it names the one (`vscode://publisher.name`).
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        return (parts.hostname or "")[:255]
    return f"{parts.scheme}://{parts.netloc}"[:255] if parts.netloc else f"{parts.scheme}:"


def is_on_this_device(uri: str) -> bool:
    """Return True if the browser goes to a program on the same device: loopback, or a scheme of its own.

    A scheme such as `example.com:` looks like a host, which users must not take it for.
    """
    return urlsplit(uri).scheme != "https"


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Return `uri` with the parameters of a response added to its query."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(parameters)}"
