"""Connects to the services of browsers, and to nothing else: whoever subscribes names the address.

    name ─resolve→ every address public? ─connect to one of those, checked→ TLS for the name

The name is resolved once, and the connection goes to what was checked: a name that resolves
differently the next moment leads nowhere else. Redirects are not followed by anybody here.
"""

import asyncio
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from httpcore import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

# A resolver that has not answered by then does not in time for the push.
RESOLVE_SECONDS = 5
# A name whose servers are silent keeps a thread for some times as long as its push waited.
RESOLVERS = 8
# Addresses in which an IPv4 address is embedded, at this shift: NAT64, 6to4.
_EMBEDDING = ((IPv6Network("64:ff9b::/96"), 0), (IPv6Network("2002::/16"), 80))


class NotPublic(Exception):
    """The address is of this machine, of its network, or of nobody's."""


def is_public(text: str) -> bool:
    """Tells whether an address is out on the internet, whatever it is wrapped in."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class PublicNetwork(AsyncNetworkBackend):
    """httpcore's way out, to public addresses alone; with `private`, to all."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = AnyIOBackend()
        # Apart from the threads of all else: the names come from whoever subscribes.
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Returns a connection. Raises NotPublic, ConnectError and ConnectTimeout."""
        addresses = await self._resolve(host, port)
        if not self._private and not all(map(is_public, addresses)):
            raise NotPublic
        last: Exception | None = None
        for address in addresses[:2]:  # as many as the time allows: one of each family
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                last = error
        raise last or ConnectError("no address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def close(self) -> None:
        """No more names are resolved; whoever waits for one does not any more."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def _resolve(self, host: str, port: int) -> list[str]:
        def resolve() -> list[tuple[int, str]]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [(family, str(address[0])) for family, *_, address in found]

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await loop.run_in_executor(self._resolvers, resolve)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise ConnectError(type(error).__name__) from None
        firsts: dict[int, str] = {}
        for family, address in found:
            firsts.setdefault(family, address)
        # One of each family before a second of any, in the order the system prefers.
        return list(dict.fromkeys([*firsts.values(), *(address for _, address in found)]))


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None
