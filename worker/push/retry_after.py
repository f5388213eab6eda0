"""The header Retry-After."""

from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime


def parse_retry_after(retry_after: str, now: datetime) -> float:
    """Return the seconds to wait. The header holds seconds or a date (RFC 9110, section 10.2.3)."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    return 0.0
