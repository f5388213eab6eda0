"""Where a request came from, believing only proxies that the operator named."""

import ipaddress
from collections.abc import Sequence

from starlette.types import Scope


def client_address(scope: Scope, trusted_proxies: Sequence[str]) -> str:
    """Returns the address of the client: the socket's, or what a trusted proxy says it was.

    X-Forwarded-For is read from the right: the first address that is not a proxy of ours is the
    client; anything left of it was written by the client itself.
    """
    peer: str = scope["client"][0] if scope.get("client") else ""
    if not trusted_proxies or not _is_trusted(peer, trusted_proxies):
        return peer
    for hop in reversed(_forwarded(scope)):
        if not _is_address(hop):
            return peer
        if not _is_trusted(hop, trusted_proxies):
            return hop
    return peer


def network(address: str) -> str:
    """Returns what one subscriber is likely to hold: the address, or for IPv6 its /64."""
    if not _is_address(address):
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)


def _forwarded(scope: Scope) -> list[str]:
    values = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    ]
    return [hop.strip() for hop in ",".join(values).split(",") if hop.strip()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str, trusted_proxies: Sequence[str]) -> bool:
    if not _is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in ipaddress.ip_network(entry, strict=False) for entry in trusted_proxies)
