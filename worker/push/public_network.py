"""Connects to the services of browsers, and to nothing else: whoever subscribes names the address.

    name ─resolve→ every address public? ─connect to one of those, checked→ TLS for the name

The name is resolved once, and the connection goes to what was checked: a name that resolves
differently the next moment leads nowhere else. Redirects are not followed by anybody here.
"""

import asyncio
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
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


class TooManyNames(Exception):
    """All lookups that may be under way are; it says nothing of this name."""


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
        self._resolving = asyncio.Semaphore(RESOLVERS)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Returns a connection. Raises NotPublic, TooManyNames, ConnectError and ConnectTimeout."""
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

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await self._look_up(host, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise ConnectError(type(error).__name__) from None
        firsts: dict[int, str] = {}
        for family, address in found:
            firsts.setdefault(family, address)
        # One of each family before a second of any, in the order the system prefers.
        return list(dict.fromkeys([*firsts.values(), *(address for _, address in found)]))

    async def _look_up(self, host: str, port: int) -> list[tuple[int, str]]:
        """Returns families and addresses. Raises OSError, UnicodeError and TooManyNames.

        In a thread that a stopping worker leaves behind: nothing ends getaddrinfo but its own time
        limit, half a minute, and a pool's threads are waited for.
        """
        if self._resolving.locked():
            # Names whose servers are silent keep their threads; not even a thread to wait is theirs.
            raise TooManyNames
        await self._resolving.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[tuple[int, str]]] = loop.create_future()

        def end(error: Exception | None, found: list[tuple[int, str]]) -> None:
            self._resolving.release()
            if answer.done():
                return  # whoever asked has given up
            if error is None:
                answer.set_result(found)
            else:
                answer.set_exception(error)

        def look_up() -> None:
            error: Exception | None = None
            found: list[tuple[int, str]] = []
            try:
                for family, *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                    found.append((int(family), str(address[0])))
            except Exception as why:  # noqa: BLE001  raised again where it is awaited
                error = why
            with suppress(RuntimeError):  # the loop is over
                loop.call_soon_threadsafe(end, error, found)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        return await answer


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None
