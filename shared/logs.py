"""Structured logs: one JSON object a line in production, readable text in development.

Every line carries the id of the request it belongs to, in the API and, through the job's row, in
the worker. Never logs bodies, tokens or query strings.
"""

import json
import logging
import logging.config
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

from shared.settings.observability import LogSettings

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What LogRecord has of its own; anything else was given by the caller as `extra`.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}


class _AddRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonFormatter(logging.Formatter):
    """One line a record, whatever it holds: a line break in a message is no new line of the log."""

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
            # Half a surrogate, or an integer beyond 64 bits: a line that tells it badly is better
            # than none.
            return json.dumps(line, default=str)


def set_up_logs(settings: LogSettings, process: str) -> None:
    """Sends every log of this process to standard error, in the format the settings ask for."""
    text = f"%(asctime)s {process} %(levelname)s %(name)s %(message)s [%(request_id)s]"
    formatter = {"()": JsonFormatter, "process": process} if settings.as_json else {"format": text}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": _AddRequestId}},
            "formatters": {"line": formatter},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "line",
                    "filters": ["request_id"],
                }
            },
            "root": {"level": settings.level, "handlers": ["stderr"]},
        }
    )
