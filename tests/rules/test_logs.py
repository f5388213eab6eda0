"""Every log record is written as one line, which programs can parse."""

import json
import logging
import sys
from pathlib import Path

import pytest

from shared.logs import JsonFormatter, configure_logging, request_id
from tests.support.settings import plain_settings


def log_line(message: str, **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "a", "levelname": "INFO", "msg": message, **extra})
    written = JsonFormatter("api").format(record)
    assert "\n" not in written
    line: dict[str, object] = json.loads(written)
    return line


def test_a_line_holds_the_message_and_the_extra_values() -> None:
    line = log_line("GET / 200", milliseconds=1.5, request_id="trace-1")

    assert line["message"] == "GET / 200"
    assert line["milliseconds"] == 1.5
    assert line["request_id"] == "trace-1"
    assert line["process"] == "api"


@pytest.mark.parametrize(
    "value", ["two\nlines", "\x1b[31mred", "half \ud800", 2**70, object(), {"a": {1, 2}}, b"\xff"]
)
def test_a_line_is_written_for_every_kind_of_value(value: object) -> None:
    assert log_line("message", value=value)["value"]


def test_a_traceback_is_part_of_its_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        line = log_line("unhandled", exc_info=sys.exc_info())

    assert "ValueError: why" in str(line["exception"])


@pytest.mark.parametrize("kind", ["json", "text"])
def test_every_line_carries_the_id_of_its_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    token = request_id.set("trace-2")
    try:
        configure_logging(plain_settings(tmp_path, log_format=kind).logs, "worker")
        logging.getLogger("anywhere").info("something happened")
    finally:
        request_id.reset(token)
        root.handlers[:], root.level = before

    written = capsys.readouterr().err
    assert "trace-2" in written
    assert "worker" in written
    assert "something happened" in written
