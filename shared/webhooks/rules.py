"""Addresses, messages, pauses and bounds of webhooks. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import orjson

from shared.clock import as_rfc3339
from shared.contract.events import LIST_EVENTS
from shared.jobs.retries import MAX_DELAY_SECONDS, retry_delay_seconds
from shared.languages.texts import message
from shared.text import NotAcceptableError

# A list is followed by some programs: a home, a chat, a workflow, a report. Each costs a request for each
# change.
MAX_OF_LIST = 10
# Those of lists included: more requests at each change of many lists look like an attack on the address.
MAX_OF_USER = 20
MAX_URL_LENGTH = 1000
# Tests and repetitions that wait: a page of the log, each pressed once.
MAX_PENDING = 50
# As many as a page shows. Older deliveries can be sent again by their position.
MAX_DELIVERIES = 500
# Well-known services below listen to protocols that a request could be taken for.
_FIRST_FREE_PORT = 1024


@dataclass(frozen=True)
class Message:
    """What is sent once or more, always with the same `id` and `body`. `seq` is what is delivered with it."""

    id: str
    body: bytes
    event: str
    list_id: str | None = None
    epoch: str | None = None
    seq: int | None = None

    @property
    def position(self) -> str:
        return "" if self.list_id is None else f"{self.list_id}:{self.epoch}:{self.seq}"


def parse_url(text: str, *, allow_private: bool) -> str:
    """Return `text` if it can be the address of a webhook. Raise NotAcceptableError.

    `allow_private` also accepts http, any port and IP addresses. What the name resolves to is checked for
    every connection, since it can change.
    """
    refusal = "must be an https address, such as https://example.com/hook"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NotAcceptableError(refusal) from None
    host = parts.hostname or ""
    if not text.isascii() or not text.isprintable() or " " in text or not host or "#" in text:
        raise NotAcceptableError(refusal)
    if parts.username is not None or parts.scheme not in ("https", "http"):
        raise NotAcceptableError(refusal)
    if allow_private:
        return text
    if parts.scheme != "https":
        raise NotAcceptableError(refusal)
    # Also an address of a later version, in brackets (RFC 3986, section 3.2.2).
    if _is_ip_address(host) or "[" in parts.netloc:
        raise NotAcceptableError("must have a name for its host: this site sends to no IP address")
    if port not in (None, 443) and port < _FIRST_FREE_PORT:
        raise NotAcceptableError(
            message(
                "may have port 443, or one from {first_free_port} on",
                first_free_port=_FIRST_FREE_PORT,
            )
        )
    return text


def host_of(url: str) -> str:
    """Return the host and port of an address: what other owners see of it, and logs."""
    return urlsplit(url).netloc


def parse_events(names: Collection[str]) -> list[str]:
    """Return the names, sorted. Raise NotAcceptableError for a name that is no event of a list."""
    if not LIST_EVENTS.issuperset(names):
        raise NotAcceptableError("holds a name that is no event of a list")
    return sorted(set(names))


def is_wanted(event: str, events: Sequence[str]) -> bool:
    return not events or event in events


def message_id(list_id: str, epoch: str, seq: int) -> str:
    """Return the id of an event's message: the same whenever it is sent, in whatever process."""
    return f"msg_{list_id}_{epoch}_{seq}"


def gap_message(
    list_id: str, epoch: str, since: int, through: int, reason: str, now: datetime
) -> Message:
    """Return the message that says that the events since+1 … through are not in the log any more."""
    body = {
        "type": "gap",
        "list": list_id,
        "reason": reason,
        "epoch": epoch,
        "from_seq": since + 1,
        "through_seq": through,
        "at": as_rfc3339(now),
    }
    return Message(
        f"gap_{list_id}_{epoch}_{through}", orjson.dumps(body), "gap", list_id, epoch, through
    )


def test_message(webhook_id: str, delivery_id: str, now: datetime) -> Message:
    body = {"type": "test", "webhook": webhook_id, "at": as_rfc3339(now)}
    return Message(f"test_{delivery_id}", orjson.dumps(body), "test")


def pause_seconds(failures: int, jitter: float) -> float:
    """Return the pause after `failures` failures, at least 1. `jitter` is random, 0 ≤ jitter < 1.

    15 s, doubled each time up to an hour, less a random part of up to a half. Not the whole of it: the
    receiver is one program, and the pause is for it.
    """
    longest = retry_delay_seconds(failures - 1, 1.0)
    return min(longest, MAX_DELAY_SECONDS) * (0.5 + jitter / 2)


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
