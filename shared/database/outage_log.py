"""Log why no connection to a database can be made, however many requests find out."""

import logging

from shared.clock import monotonic

# An operator who looks finds the reason in the last lines, and an outage of a night has 500 of them.
LOG_INTERVAL_SECONDS = 60

log = logging.getLogger(__name__)


class OutageLog:
    """Log the failures to connect to one database: the first, one a minute, and their end.

    A database that is reached now and then is logged once a minute, too.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._logged_at: float | None = None
        self._is_end_logged = True

    def record_failure(self, reason: str) -> None:
        now = monotonic()
        if self._logged_at is None or now - self._logged_at >= LOG_INTERVAL_SECONDS:
            self._logged_at = now
            self._is_end_logged = False
            log.error("cannot connect to the database %s: %s", self._address, reason)

    def record_success(self) -> None:
        if not self._is_end_logged:
            self._is_end_logged = True
            log.warning("connected to the database %s again", self._address)
