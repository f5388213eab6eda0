"""Lines of the log are read by programs: one a record, whatever the record holds."""

import json
import logging
import sys
from pathlib import Path

import pytest

from shared.logs import JsonFormatter, configure_logging, request_id
from tests.support.settings import plain_settings


def line_of(message: str, **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "a", "levelname": "INFO", "msg": message, **extra})
    written = JsonFormatter("api").format(record)
    assert "\n" not in written
    line: dict[str, object] = json.loads(written)
    return line


def test_a_line_has_what_the_caller_gave() -> None:
    line = line_of("GET / 200", milliseconds=1.5, request_id="trace-1")

    assert line["message"] == "GET / 200"
    assert line["milliseconds"] == 1.5
    assert line["request_id"] == "trace-1"
    assert line["process"] == "api"


@pytest.mark.parametrize(
    "strange", ["two\nlines", "\x1b[31mred", "half \ud800", 2**70, object(), {"a": {1, 2}}, b"\xff"]
)
def test_a_line_is_written_whatever_it_holds(strange: object) -> None:
    assert line_of("message", strange=strange)["strange"]


def test_a_traceback_is_part_of_its_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        line = line_of("unhandled", exc_info=sys.exc_info())

    assert "ValueError: why" in str(line["exception"])


@pytest.mark.parametrize("kind", ["json", "text"])
def test_every_line_carries_the_request_it_belongs_to(
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
