"""Connect to public addresses only. A user's browser names the address, so it may point anywhere.

    name ─resolve→ is every address public? ─connect to a checked address→ TLS for the name

The name is resolved once, and the connection goes to an address that was checked. So a name that
resolves differently a moment later (DNS rebinding) leads nowhere else. Redirects are never followed.
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

# A lookup that takes longer leaves no time for the push.
RESOLVE_SECONDS = 5
# A lookup whose DNS servers do not answer occupies its thread several times longer than RESOLVE_SECONDS.
MAX_LOOKUPS = 8
# IPv6 networks whose addresses embed an IPv4 address, with its shift: NAT64, 6to4.
_EMBEDDING = ((IPv6Network("64:ff9b::/96"), 0), (IPv6Network("2002::/16"), 80))


class TooManyLookups(Exception):
    """MAX_LOOKUPS lookups are running. That says nothing about this name."""


class NotPublicAddress(Exception):
    """The name has an address that is local, private, reserved or multicast."""


def is_public(text: str) -> bool:
    """Return True if an address is public, also after unwrapping an embedded IPv4 address."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class PublicNetwork(AsyncNetworkBackend):
    """A network backend for httpcore that connects to public addresses, or to all if `allow_private`."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = AnyIOBackend()
        self._lookups = asyncio.Semaphore(MAX_LOOKUPS)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Return a connection.

        Raise NotPublicAddress, TooManyLookups, ConnectError and ConnectTimeout.
        """
        addresses = await self.resolve(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise NotPublicAddress
        last_error: Exception | None = None
        for address in addresses[:2]:  # one of each family; there is no time for more
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                last_error = error
        raise last_error or ConnectError("no address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses: the first of each family, then the rest, in the system's order."""
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await self._look_up(host, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise ConnectError(type(error).__name__) from None
        firsts: dict[int, str] = {}
        for family, address in found:
            firsts.setdefault(family, address)
        return list(dict.fromkeys([*firsts.values(), *(address for _, address in found)]))

    async def _look_up(self, host: str, port: int) -> list[tuple[int, str]]:
        """Return families and addresses. Raise OSError, UnicodeError and TooManyLookups.

        Run getaddrinfo in a daemon thread, which a stopping worker abandons. It cannot be cancelled
        and takes up to half a minute, and a thread pool would be waited for.
        """
        if self._lookups.locked():
            # Unanswered lookups keep their threads. Callers do not queue for a thread behind them.
            raise TooManyLookups
        await self._lookups.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[tuple[int, str]]] = loop.create_future()

        def end(error: Exception | None, found: list[tuple[int, str]]) -> None:
            self._lookups.release()
            if answer.done():
                return  # the caller has timed out
            if error is None:
                answer.set_result(found)
            else:
                answer.set_exception(error)

        def look_up() -> None:
            failure: Exception | None = None
            found: list[tuple[int, str]] = []
            try:
                for family, *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                    found.append((int(family), str(address[0])))
            except Exception as error:  # noqa: BLE001  raised again where it is awaited
                failure = error
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(end, failure, found)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        return await answer


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None
