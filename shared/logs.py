"""Structured logs: one JSON object a line in production, readable text in development.

Every line carries the id of its request, in the API and, through the row of a job, in the worker.
Bodies, tokens and query strings must never be logged.
"""

import json
import logging
import logging.config
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

import orjson

from shared.settings.observability import LogSettings

# How long a line below WARNING may wait, so that many are written at once: a write for each of them
# took 10 of the 40 µs of an access log line, and waited for a slow reader.
FLUSH_SECONDS = 0.1
# About 3 MB of lines; 0.1 s of the fastest server makes 200. The reader has stopped by then.
MAX_WAITING_LINES = 10_000

request_id: ContextVar[str] = ContextVar("request_id", default="")

# Attributes that every LogRecord has; the caller gave any other one as `extra`.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}


class _AddRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    """Format each record as one line of JSON, also when its message holds line breaks."""

    def __init__(self, process: str = "") -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process or None,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "") or None,
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:
            # A lone surrogate or an integer beyond 64 bits, which orjson refuses: a line with an
            # inexact value is better than none.
            return json.dumps(line, default=str)


class BatchingHandler(logging.Handler):
    """Write lines to standard error, several at once, from a thread.

    A line of WARNING or above is written at once, after all lines before it. If the reader of
    standard error stops, lines below WARNING are dropped beyond MAX_WAITING_LINES; a line then says
    how many. `close`, which Python calls at a normal exit, writes what waits. A process that is killed
    loses the lines of the last FLUSH_SECONDS.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream or sys.stderr
        # Appended to by any thread, emptied by the one that holds _write_lock.
        self._waiting: deque[str] = deque()
        # Reentrant: a signal handler may log while its thread writes.
        self._write_lock = threading.RLock()
        self._has_lines = threading.Event()
        self._writer: threading.Thread | None = None
        self._dropped_total = 0
        self._dropped_reported = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001  the convention of logging: no log line ends a request
            self.handleError(record)
            return
        if record.levelno < logging.WARNING:
            self._add(line)
        else:
            self._waiting.append(line)
            self.flush()

    def flush(self) -> None:
        """Write all lines that wait now."""
        with self._write_lock:
            self._has_lines.clear()
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if self._dropped_total > self._dropped_reported:
                lines.append(self._dropped_line())
            if not lines:
                return
            try:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                # Nobody can read it any more: there is nowhere to say so.
                return

    def close(self) -> None:
        self.flush()
        super().close()

    def _add(self, line: str) -> None:
        if len(self._waiting) >= MAX_WAITING_LINES:
            self._dropped_total += 1
            return
        self._waiting.append(line)
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_batches, name="log", daemon=True)
            self._writer.start()
        if not self._has_lines.is_set():
            self._has_lines.set()

    def _write_batches(self) -> None:
        while True:
            self._has_lines.wait()
            time.sleep(FLUSH_SECONDS)
            self.flush()

    def _dropped_line(self) -> str:
        count = self._dropped_total - self._dropped_reported
        self._dropped_reported += count
        text = "%d log lines were dropped: standard error was not read"
        return self.format(
            logging.LogRecord(__name__, logging.WARNING, "", 0, text, (count,), None)
        )


def configure_logging(
    settings: LogSettings, process: str, first_warnings: Iterable[str] = ()
) -> None:
    """Write the logs of this process to standard error, in the level and format of `settings`.

    `first_warnings` are logged at once.
    """
    text = f"%(asctime)s {process} %(levelname)s %(name)s %(message)s [%(request_id)s]"
    formatter = {"()": JsonFormatter, "process": process} if settings.as_json else {"format": text}
    # Neither format shows them, and they are half of what a record costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": _AddRequestId}},
            "formatters": {"line": formatter},
            "handlers": {
                "stderr": {"()": BatchingHandler, "formatter": "line", "filters": ["request_id"]}
            },
            "root": {"level": settings.level, "handlers": ["stderr"]},
        }
    )
    for sentence in first_warnings:
        logging.getLogger(__name__).warning(sentence)
