"""Structured logs: one JSON object a line in production, readable text in development.

Every line carries the id of its request, in the API and, through the row of a job, in the worker.
Bodies, tokens and query strings must never be logged.
"""

import json
import logging
import logging.config
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

from shared.settings.observability import LogSettings

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


def configure_logging(settings: LogSettings, process: str) -> None:
    """Write the logs of this process to standard error, in the level and format of `settings`."""
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
