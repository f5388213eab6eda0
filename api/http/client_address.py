"""The address of the client, from the socket or from a proxy that the operator trusts."""

import ipaddress
import logging
from functools import lru_cache

from starlette.types import Scope

from shared.host.networks import is_address

# Only a proxy sends them. Forwarded (RFC 7239) is not read: few proxies can write it.
_PROXY_HEADERS = {b"x-forwarded-for": "X-Forwarded-For", b"forwarded": "Forwarded"}

log = logging.getLogger(__name__)


def client_address(scope: Scope, trusted_proxies: tuple[str, ...]) -> str:
    """Return the client's address: the peer of the socket, or what a trusted proxy reports.

    X-Forwarded-For is read from the right. The first address that is not a trusted proxy is the
    client; everything left of it was written by the client itself.
    """
    peer: str = scope["client"][0] if scope.get("client") else ""
    if not trusted_proxies or not _is_trusted(peer, trusted_proxies):
        return peer
    for hop in reversed(_forwarded(scope)):
        if not is_address(hop):
            return peer
        if not _is_trusted(hop, trusted_proxies):
            return hop
    return peer


class ProxyWarning:
    """Warn once in the life of a process that a proxy's header is not used, and say what to set.

    Once: any client can send the header, and must not fill the log.
    """

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        self._trusted_proxies = trusted_proxies
        self._is_pending = True

    def check(self, scope: Scope) -> None:
        """Warn if this request names a client's address that is not believed."""
        if not self._is_pending or not scope.get("client"):
            return
        found = {name for name, _ in scope["headers"] if name in _PROXY_HEADERS}
        if not found:
            return
        peer: str = scope["client"][0]
        if not _is_trusted(peer, self._trusted_proxies):
            entries = ",".join((*self._trusted_proxies, peer))
            self._warn(
                f"{_PROXY_HEADERS[max(found)]} from {peer} is ignored. If that is your proxy, set "
                f"TRUSTED_PROXIES={entries}: until then all its clients count as one address"
            )
        elif b"x-forwarded-for" not in found:
            self._warn(
                f"the proxy {peer} sends Forwarded, which is not read. Let it send X-Forwarded-For: "
                "until then all its clients count as one address"
            )

    def _warn(self, sentence: str) -> None:
        self._is_pending = False
        log.warning("%s", sentence)


def _forwarded(scope: Scope) -> list[str]:
    values = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    ]
    return [hop.strip() for hop in ",".join(values).split(",") if hop.strip()]


# Cached: reading the addresses of a proxy and of its client took 60 µs, twice a request.
@lru_cache(maxsize=4096)
def _is_trusted(address: str, trusted_proxies: tuple[str, ...]) -> bool:
    if not is_address(address):
        return False
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        # How a socket for both families sees an IPv4 peer.
        parsed = parsed.ipv4_mapped or parsed
    return any(parsed in ipaddress.ip_network(entry, strict=False) for entry in trusted_proxies)
