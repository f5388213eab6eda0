"""Classify job failures and compute retry delays. Pure: no clock, no database."""

from datetime import timedelta
from typing import ClassVar

FIRST_DELAY_SECONDS = 15
MAX_DELAY_SECONDS = 3600
# A mail server that is down overnight is back in the morning. A mail later than that is useless.
RETRY_WINDOW = timedelta(hours=24)
# After days without a worker a job is past the window before its first attempt. Without a minimum
# its first failure would be its last.
MIN_ATTEMPTS = 10


class Failure(Exception):
    """Base class of the failures that decide what happens to a job.

    `reason` is for operators: it holds no addresses, no tokens and no text written by users.
    `label` is the failure's value in metrics. `answer` is the last answer of the remote server, without
    addresses and secrets. `is_logged`: whoever raised it has logged it already. `concerns_every_mail`:
    the server would answer any other mail in the same way.
    """

    label: ClassVar[str]

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = ""
        self.is_logged = False
        self.concerns_every_mail = isinstance(self, ConfigurationError)


class Transient(Failure):
    """A later attempt may succeed.

    `in_doubt` is True if this attempt may have succeeded: its outcome is unknown.
    `retry_after_seconds` is the shortest delay that the remote server asked for.
    """

    label = "transient"

    def __init__(
        self, reason: str, *, in_doubt: bool = False, retry_after_seconds: float = 0
    ) -> None:
        super().__init__(reason)
        self.in_doubt = in_doubt
        # A server that asks for a longer delay is asked again after the maximum all the same.
        self.retry_after_seconds = min(retry_after_seconds, MAX_DELAY_SECONDS)


class Permanent(Failure):
    """No attempt will ever succeed."""

    label = "permanent"


class AddressRejected(Permanent):
    """The mail server permanently rejects mail to this address.

    `reply_codes` are the server's codes without its text.
    """

    label = "address_rejected"

    def __init__(self, reason: str, reply_codes: str) -> None:
        super().__init__(reason)
        self.reply_codes = reply_codes


class ConfigurationError(Failure):
    """No job of this kind can succeed until an operator changes a setting."""

    label = "configuration"


class Obsolete(Failure):
    """The job's effect is no longer wanted, because the data has changed."""

    label = "obsolete"


def retry_delay_seconds(attempts: int, jitter: float) -> float:
    """Return the delay after `attempts` failures. `jitter` is random, 0 ≤ jitter < 1.

    Exponential backoff with full jitter: a thousand jobs that failed together do not return together.
    """
    # 2**12 already exceeds the maximum. A larger power, of a corrupt counter, would not fit a float.
    ceiling = min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(attempts, 12))
    return jitter * float(ceiling)


def is_exhausted(attempts: int, age: timedelta) -> bool:
    """Return True if a job that failed `attempts` times since it was added must be given up."""
    return age >= RETRY_WINDOW and attempts >= MIN_ATTEMPTS
