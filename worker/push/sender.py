"""Hands pushes over to the services of browsers (RFC 8030), which keep them until the device is there.

How an answer is classified decides what becomes of the job (shared/jobs/retries.py):

    no connection, silence, 429, 5xx    Transient; not before their Retry-After, nor is any other
                                        push to the same service
    404, 410                            Gone: the browser ended it
    an address that is not public       Gone: no browser's service is there
    a key that is none                  Gone: nobody could open it
    any other                           Permanent

Whether a service that fell silent took it nobody knows; sent again, it takes the first one's place.
What is sent is sealed for the browser (encryption.py): the service sees its size, urgency and topic.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpcore

from shared import push_vapid
from shared.clock import Clock
from shared.jobs.retries import Failure, Permanent, Transient
from shared.notifications.push_subscription_rules import PushSubscription
from shared.settings import Settings
from worker.push.circuit_breaker import Rests
from worker.push.encryption import seal
from worker.push.public_network import NotPublic, PublicNetwork, TooManyNames

# Less than the drain of a stopping worker, and than a lease; a service answers in a tenth of it.
WHOLE_SECONDS = 15
# Two addresses are tried, one after the other, and a name resolved before: all fits into the whole.
# What is sent is 4 kB: a service that does not take that in, or answer, is not well.
_STEPS = {"connect": 3.0, "write": 5.0, "read": 10.0, "pool": 10.0}
# More than pushes under way at once (worker/jobs/executor.py); the services are few.
CONNECTIONS = 10
# Past the pause between two people's notifications on a small site; services keep theirs for minutes.
IDLE_SECONDS = 30
# Services answer with nothing or a sentence. It is read so that the connection can be used again.
LONGEST_ANSWER = 4096
# What the answer was is known by then; a connection that is worth keeping has the rest at once.
REST_SECONDS = 1

_SILENT = (httpcore.TimeoutException, TimeoutError)
_LOST = (httpcore.NetworkError, httpcore.RemoteProtocolError, *_SILENT)


@dataclass(frozen=True)
class Push:
    """What one device shows. `topic` replaces what waits with the same topic: 32 of base64url."""

    browser: PushSubscription
    content: bytes
    topic: str
    ttl_seconds: int
    is_urgent: bool


class Gone(Permanent):
    """Nothing will ever be pushed there: the browser has ended it, or there never was one."""


@dataclass(frozen=True)
class _Answer:
    status: int
    retry_after: str


@cache
def _trust() -> ssl.SSLContext:
    """Returns whom to believe. Read once a process: it is a large file, and reading it blocks."""
    return httpcore.default_ssl_context()


class PushSender:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.private_key = settings.push.private_key()
        self.public_key = push_vapid.public_key(self.private_key) if self.private_key else ""
        self._contact = f"mailto:{settings.mail.sender_address}"
        self._clock = clock
        self._rests = Rests()
        self._network = PublicNetwork(private=settings.push.to_private_addresses)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trust(),
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self._network,
        )

    async def send(self, push: Push) -> None:
        """The service took it. Raises a Failure."""
        self._rests.check(push.browser.endpoint)
        try:
            content = seal(push.content, push.browser)
        except ValueError:
            raise Gone("the browser's key is none") from None
        headers: dict[bytes | str, bytes | str] = {
            "Authorization": push_vapid.authorization(
                self.private_key, push.browser.endpoint, self._contact, self._clock.now()
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl_seconds),
            "Urgency": "high" if push.is_urgent else "normal",
            "Topic": push.topic,
        }
        try:
            answer = await self._post(push.browser.endpoint, headers, content)
        except NotPublic:
            raise Gone("the push service is not out on the internet") from None
        except (httpcore.PoolTimeout, TooManyNames):
            raise Transient("too many pushes under way") from None
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            self._rests.was_silent(push.browser.endpoint)
            raise Transient(f"the push service is away: {type(error).__name__}") from None
        except _SILENT as error:
            self._rests.was_silent(push.browser.endpoint)
            raise Transient(f"the push service went silent: {type(error).__name__}") from None
        except _LOST as error:
            # A kept connection that the service ended at that very moment: the next one is new.
            raise Transient(f"the push service hung up: {type(error).__name__}") from None
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            why = f"the push service speaks another language: {type(error).__name__}"
            raise Permanent(why) from None
        failure = _classify(answer, self._clock.now())
        wait_seconds = failure.wait_seconds if isinstance(failure, Transient) else 0
        self._rests.answered(push.browser.endpoint, wait_seconds)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Nothing is connected any more."""
        await self._pool.aclose()

    async def _post(
        self, url: str, headers: Mapping[bytes | str, bytes | str], content: bytes
    ) -> _Answer:
        answer: _Answer | None = None
        extensions = {"timeout": _STEPS}
        try:
            async with (
                asyncio.timeout(WHOLE_SECONDS),
                self._pool.stream(
                    "POST", url, headers=headers, content=content, extensions=extensions
                ) as response,
            ):
                known = {name.lower(): value for name, value in response.headers}
                answer = _Answer(response.status, known.get(b"retry-after", b"").decode("latin-1"))
                await _read_rest(response)
        except _LOST:
            # It has decided, however its answer ends.
            if answer is None:
                raise
        return answer


async def _read_rest(response: httpcore.Response) -> None:
    size = 0
    async with asyncio.timeout(REST_SECONDS):
        async for part in response.aiter_stream():
            size += len(part)
            if size > LONGEST_ANSWER:
                break  # the connection is closed, not used again


def _classify(answer: _Answer, now: datetime) -> Failure | None:
    status = answer.status
    if 200 <= status < 300:
        return None
    why = f"the push service answered {status}"
    if status in (404, 410):
        return Gone(why)
    if status == 429 or status >= 500:
        return Transient(why, wait_seconds=_seconds(answer.retry_after, now))
    return Permanent(why)


def _seconds(retry_after: str, now: datetime) -> float:
    """Returns how long to wait: the header has seconds, or a date (RFC 9110, 10.2.3)."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    return 0.0
