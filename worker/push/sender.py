"""Send pushes to the browsers' push services (RFC 8030), which keep them until the device is online.

The class of a failure decides what happens to the job (shared/jobs/retries.py):

    no connection, timeout, 429, 5xx    Transient; until Retry-After no other push is sent to the
                                        same service
    404, 410                            SubscriptionGone: the browser ended the subscription
    an address that is not public       SubscriptionGone: no browser has its service there
    an invalid key                      SubscriptionGone: no browser could decrypt the push
    any other answer                    Permanent

After a timeout the service may have accepted the push. A second push replaces the first, because both
have the same topic. The content is encrypted for the browser (encryption.py): the service sees size,
urgency and topic.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpcore

from shared import push_vapid
from shared.clock import Clock
from shared.jobs.retries import Failure, Permanent, Transient
from shared.notifications.push_subscription_rules import PushSubscription
from shared.settings import Settings
from worker.push.circuit_breaker import PushCircuitBreaker
from worker.push.encryption import encrypt
from worker.push.public_network import NotPublicAddress, PublicNetwork, TooManyLookups
from worker.push.retry_after import parse_retry_after

# Time limit for one push. Shorter than the drain of a stopping worker and than a lease. Services answer
# in a tenth of it.
TOTAL_SECONDS = 15
# After resolving the name, two addresses are tried one after the other: all fits into the total. A push
# is 4 kB; a service that is slow to take it, or to answer, is not well.
_STEP_SECONDS = {"connect": 3.0, "write": 5.0, "read": 10.0, "pool": 10.0}
# More than the pushes that run at once (worker/jobs/executor.py). There are few services.
MAX_CONNECTIONS = 10
# Longer than the pause between two users' notifications on a small site. Services keep idle connections
# for minutes.
IDLE_SECONDS = 30
# Services answer with nothing or a sentence. It is read so that the connection can be reused.
MAX_ANSWER_BYTES = 4096
# Time limit for the body of an answer. The status is known by then, and a connection worth keeping
# delivers the body at once.
BODY_SECONDS = 1

_TIMEOUTS = (httpcore.TimeoutException, TimeoutError)
_CONNECTION_ERRORS = (httpcore.NetworkError, httpcore.RemoteProtocolError, *_TIMEOUTS)


@dataclass(frozen=True)
class Push:
    """What one device shows.

    A push replaces an undelivered one with the same `topic`, up to 32 characters of base64url.
    """

    browser: PushSubscription
    content: bytes
    topic: str
    ttl_seconds: int
    is_urgent: bool


class SubscriptionGone(Permanent):
    """The subscription will never work again: the browser ended it, or it was never valid."""

    label = "gone"


@dataclass(frozen=True)
class _Answer:
    status: int
    retry_after: str


@cache
def _tls_context() -> ssl.SSLContext:
    """Return the trusted certificates. Loaded once for each process, because loading blocks."""
    return httpcore.default_ssl_context()


class PushSender:
    """Send pushes over a connection pool, signed with the site's VAPID key (RFC 8292)."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.private_key = settings.push.private_key()
        self.public_key = push_vapid.public_key(self.private_key) if self.private_key else ""
        self._contact = f"mailto:{settings.mail.sender_address}"
        self._clock = clock
        self._circuit_breaker = PushCircuitBreaker()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=PublicNetwork(allow_private=settings.push.to_private_addresses),
        )

    async def send(self, push: Push) -> None:
        """Send the push. Raise a Failure."""
        endpoint = push.browser.endpoint
        self._circuit_breaker.check(endpoint)
        try:
            content = encrypt(push.content, push.browser)
        except ValueError:
            raise SubscriptionGone("the key of the browser is invalid") from None
        answer = await self._send_encrypted(endpoint, self._headers(push), content)
        failure = _classify(answer, self._clock.now())
        retry_after = failure.retry_after_seconds if isinstance(failure, Transient) else 0
        self._circuit_breaker.record_answer(endpoint, retry_after)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    def _headers(self, push: Push) -> dict[bytes | str, bytes | str]:
        authorization = push_vapid.authorization(
            self.private_key, push.browser.endpoint, self._contact, self._clock.now()
        )
        return {
            "Authorization": authorization,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl_seconds),
            "Urgency": "high" if push.is_urgent else "normal",
            "Topic": push.topic,
        }

    async def _send_encrypted(
        self, endpoint: str, headers: Mapping[bytes | str, bytes | str], content: bytes
    ) -> _Answer:
        """Return the service's answer. Raise a Failure if there is none."""
        try:
            return await self._post(endpoint, headers, content)
        except NotPublicAddress:
            raise SubscriptionGone("the push service has no public address") from None
        except (httpcore.PoolTimeout, TooManyLookups):
            raise Transient("too many pushes at once") from None
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            self._circuit_breaker.record_unresponsive(endpoint)
            raise Transient(f"the push service cannot be reached: {type(error).__name__}") from None
        except _TIMEOUTS as error:
            self._circuit_breaker.record_unresponsive(endpoint)
            raise Transient(f"the push service did not answer: {type(error).__name__}") from None
        except _CONNECTION_ERRORS as error:
            # The service closed a reused connection at that moment. The next one is new.
            raise Transient(
                f"the push service closed the connection: {type(error).__name__}"
            ) from None
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            reason = f"protocol error of the push service: {type(error).__name__}"
            raise Permanent(reason) from None

    async def _post(
        self, url: str, headers: Mapping[bytes | str, bytes | str], content: bytes
    ) -> _Answer:
        answer: _Answer | None = None
        extensions = {"timeout": _STEP_SECONDS}
        try:
            async with (
                asyncio.timeout(TOTAL_SECONDS),
                self._pool.stream(
                    "POST", url, headers=headers, content=content, extensions=extensions
                ) as response,
            ):
                known = {name.lower(): value for name, value in response.headers}
                answer = _Answer(response.status, known.get(b"retry-after", b"").decode("latin-1"))
                await _read_body(response)
        except _CONNECTION_ERRORS:
            # With a status the service has decided, even if the body is incomplete.
            if answer is None:
                raise
        return answer


async def _read_body(response: httpcore.Response) -> None:
    size = 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in response.aiter_stream():
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                break  # the connection is then closed, not reused


def _classify(answer: _Answer, now: datetime) -> Failure | None:
    status = answer.status
    if 200 <= status < 300:
        return None
    reason = f"the push service answered {status}"
    if status in (404, 410):
        return SubscriptionGone(reason)
    if status == 429 or status >= 500:
        return Transient(reason, retry_after_seconds=parse_retry_after(answer.retry_after, now))
    return Permanent(reason)
