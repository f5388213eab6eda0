"""Under which name this site has passkeys: the relying party of WebAuthn. Pure.

Its id is a domain: the host of PUBLIC_URL, or a parent of it. A browser makes no passkeys for an IP
address, nor for a page without https; only localhost needs none.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.text import domain_a_label

_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class RelyingParty:
    """`origin` as browsers write it. `obstacle` is a sentence if there can be no passkeys, or ""."""

    id: str
    origin: str
    obstacle: str


def relying_party(public_url: str, wanted_id: str = "") -> RelyingParty:
    """Return the relying party of an address. Raise ValueError if `wanted_id` does not fit it."""
    parts = urlsplit(public_url)
    host = _a_labels(parts.hostname or "")
    rp_id = _a_labels(wanted_id) if wanted_id else host
    if rp_id != host and not ("." in rp_id and host.endswith(f".{rp_id}") and not _is_ip(host)):
        raise ValueError("must be the host of PUBLIC_URL or a parent domain of it")
    has_port = parts.port not in (None, _DEFAULT_PORTS.get(parts.scheme))
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + (f":{parts.port}" if has_port else "")
    return RelyingParty(rp_id, origin, _obstacle(parts.scheme, host))


def _obstacle(scheme: str, host: str) -> str:
    if _is_ip(host):
        return "Passkeys need a domain name: the address of this site is a number."
    if scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return "Passkeys need https."
    return ""


def _a_labels(host: str) -> str:
    try:
        return domain_a_label(host)
    except ValueError:
        # No browser opens it, so that no passkey is made for it.
        return host


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
