"""Take a message: find its recipients, refuse what we do not take, store the rest.

Both ways in use it, the listener and `./livelist receive-mail`. What is refused is logged without any
address, and never answered by a mail.
"""

import asyncio
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared import failpoints, metrics
from shared.database.errors import DatabaseError
from shared.errors import NotFound, RateLimited
from shared.inbound_mail.addresses import parse_address
from shared.inbound_mail.receiving import ReceivedMail, store_mail
from shared.inbound_mail.recipients import find_recipient
from shared.inbound_mail.stored_content import seal
from shared.resources import Resources
from worker.inbound_mail.inspection import MessageRefused, inspect

log = logging.getLogger(__name__)

# "Too large", "unknown", and so on are for people: mail programs show them in the bounce.
ACCEPTED = "250 2.0.0 Accepted"
UNKNOWN = "550 5.1.1 There is no such address"
UNAVAILABLE = "451 4.3.0 The database does not answer, try again later"
TOO_MUCH = "452 4.7.1 Too much mail to this address, try again later"


@dataclass
class Reception:
    """Takes messages into the database of `resources`."""

    resources: Resources

    def __post_init__(self) -> None:
        settings = self.resources.settings
        self._domain = settings.inbound_mail.domain
        self._keys = settings.secrets.signing_keys()
        self._host = urlsplit(settings.web.public_url).hostname or ""
        self._is_limited = settings.web.rate_limits

    async def check_recipient(self, address: str) -> str:
        """Return the answer to RCPT: ACCEPTED, UNKNOWN or UNAVAILABLE."""
        if parse_address(address, self._domain) is None:
            return self._refuse("", UNKNOWN)
        try:
            async with self.resources.single_read() as read:
                await find_recipient(read, self._keys, self._domain, address)
        except NotFound:
            return self._refuse("", UNKNOWN)
        except (DatabaseError, OSError) as error:
            return self._defer(error)
        return ACCEPTED

    async def take(self, content: bytes, sender: str, address: str) -> str:
        """Store the message for one recipient. Return the answer: ACCEPTED only after the commit."""
        try:
            key = inspect(content, sender, self._host)
        except MessageRefused as refused:
            return self._refuse(f"{len(content)} bytes", f"{refused.code} {refused.sentence}")
        mail = ReceivedMail(key, await asyncio.to_thread(seal, self._keys, content))
        try:
            async with self.resources.begin() as work:
                recipient = await find_recipient(work, self._keys, self._domain, address)
                is_new = await store_mail(work, recipient, mail, is_limited=self._is_limited)
        except NotFound:
            return self._refuse(f"{len(content)} bytes", UNKNOWN)
        except RateLimited:
            metrics.mails_received.labels("deferred").inc()
            log.warning("mail deferred: %s", TOO_MUCH)
            return TOO_MUCH
        except (DatabaseError, OSError) as error:
            return self._defer(error)
        await failpoints.reach("mail_stored")
        metrics.mails_received.labels("stored" if is_new else "duplicate").inc()
        log.info("mail %s: %d bytes", "stored" if is_new else "known already", len(content))
        return ACCEPTED

    def _refuse(self, what: str, answer: str) -> str:
        metrics.mails_received.labels("refused").inc()
        log.warning("mail refused: %s", " ".join(filter(None, (answer, what))))
        return answer

    def _defer(self, error: Exception) -> str:
        metrics.mails_received.labels("deferred").inc()
        log.error("mail deferred: the database does not answer: %s", type(error).__name__)
        return UNAVAILABLE
