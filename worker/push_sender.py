"""Hands pushes over to the services of browsers (RFC 8030), which keep them until the device is there.

How an answer is classified decides what becomes of the job (shared/jobs/retries.py):

    no connection, silence, 429, 5xx    Transient; after the body went out, unsure
    404, 410                            Gone: the browser ended it
    an address that is not public       Permanent
    any other                           Permanent

What is sent is sealed for the browser (push_seal.py): the service sees its size, urgency and topic.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from shared import vapid
from shared.clock import Clock
from shared.jobs.retries import Failure, Permanent, Transient
from shared.notifications.subscriptions import Browser
from shared.settings import Settings
from worker.push_addresses import NotPublic, PublicNetwork
from worker.push_seal import seal

# Less than the drain of a stopping worker, and than a lease; a service answers in a tenth of it.
WHOLE_SECONDS = 15
_STEPS = {"connect": 5.0, "write": 5.0, "read": 10.0, "pool": 10.0}
# A worker's slots are ten; the services are few.
CONNECTIONS = 10
IDLE_SECONDS = 30
# Services answer with nothing or a sentence. It is read so that the connection can be used again.
LONGEST_ANSWER = 4096


@dataclass(frozen=True)
class Push:
    """What one device shows. `topic` replaces what waits with the same topic: 32 of base64url."""

    browser: Browser
    content: bytes
    topic: str
    ttl_seconds: int
    is_urgent: bool


class Gone(Permanent):
    """The browser has ended the subscription."""


class PushSender:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.private_key = settings.push_key()
        self.public_key = vapid.public_key(self.private_key) if self.private_key else ""
        self._contact = f"mailto:{settings.mail_from}"
        self._clock = clock
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=PublicNetwork(private=settings.push_to_private_addresses),
        )

    async def send(self, push: Push) -> None:
        """The service took it. Raises a Failure."""
        try:
            content = seal(push.content, push.browser)
        except ValueError:
            raise Permanent("the browser's key is none, or the text is too long") from None
        headers: dict[bytes | str, bytes | str] = {
            "Authorization": vapid.authorization(
                self.private_key, push.browser.endpoint, self._contact, self._clock.now()
            ),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl_seconds),
            "Urgency": "high" if push.is_urgent else "normal",
            "Topic": push.topic,
        }
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                status = await self._post(push.browser.endpoint, headers, content)
        except NotPublic:
            raise Permanent("the push service is not out on the internet") from None
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise Transient(f"the push service is away: {type(error).__name__}") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, TimeoutError) as error:
            why = f"the push service stopped answering: {type(error).__name__}"
            raise Transient(why, unsure=True) from None
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            why = f"the push service speaks another language: {type(error).__name__}"
            raise Permanent(why) from None
        failure = _classify(status)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Nothing is connected any more."""
        await self._pool.aclose()

    async def _post(
        self, url: str, headers: Mapping[bytes | str, bytes | str], content: bytes
    ) -> int:
        extensions = {"timeout": _STEPS}
        async with self._pool.stream(
            "POST", url, headers=headers, content=content, extensions=extensions
        ) as response:
            size = 0
            async for part in response.aiter_stream():
                size += len(part)
                if size > LONGEST_ANSWER:
                    break  # the connection is closed, not used again
            return response.status


def _classify(status: int) -> Failure | None:
    if 200 <= status < 300:
        return None
    why = f"the push service answered {status}"
    if status in (404, 410):
        return Gone(why)
    return Transient(why) if status == 429 or status >= 500 else Permanent(why)
