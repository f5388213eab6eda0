"""Every log record is written as one line, which programs can parse, and soon."""

import io
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared import logs
from shared.logs import BatchingHandler, JsonFormatter, configure_logging, request_id
from shared.settings import ROOT
from tests.support.deadlines import DEADLINE_SECONDS
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
        root.handlers[0].close()
    finally:
        request_id.reset(token)
        root.handlers[:], root.level = before

    written = capsys.readouterr().err
    assert "trace-2" in written
    assert "worker" in written
    assert "something happened" in written


class Output(io.StringIO):
    """Standard error whose reader can stop reading, and which counts the writes."""

    def __init__(self) -> None:
        super().__init__()
        self.may_write = threading.Event()
        self.may_write.set()
        self.written = threading.Event()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.may_write.wait(DEADLINE_SECONDS)
        self.writes.append(text)
        self.written.set()
        return len(text)

    def lines(self) -> list[str]:
        return "".join(self.writes).splitlines()


def record(level: int, message: str) -> logging.LogRecord:
    return logging.LogRecord("a", level, "", 0, message, (), None)


def test_lines_are_written_together_and_in_order_by_a_thread() -> None:
    output = Output()
    handler = BatchingHandler(output)

    for number in range(5):
        handler.handle(record(logging.INFO, str(number)))

    assert output.writes == []
    assert output.written.wait(DEADLINE_SECONDS)
    assert output.writes == ["0\n1\n2\n3\n4\n"]


def test_a_warning_is_written_at_once_after_the_lines_before_it() -> None:
    output = Output()
    handler = BatchingHandler(output)

    handler.handle(record(logging.INFO, "before"))
    handler.handle(record(logging.WARNING, "warning"))

    assert output.writes == ["before\nwarning\n"]


def test_closing_the_handler_writes_what_waits() -> None:
    output = Output()
    handler = BatchingHandler(output)

    handler.handle(record(logging.INFO, "last"))
    handler.close()

    assert output.lines() == ["last"]


def test_if_nobody_reads_lines_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_WAITING_LINES", 3)
    monkeypatch.setattr(logs, "FLUSH_SECONDS", 0)
    output = Output()
    output.may_write.clear()
    handler = BatchingHandler(output)

    # The thread takes some lines and waits; the caller never does.
    for number in range(100):
        handler.handle(record(logging.INFO, str(number)))
    output.may_write.set()
    handler.close()

    *written, last = output.lines()
    assert len(written) <= 6
    assert written == sorted(written, key=int)
    assert last == f"{100 - len(written)} log lines were dropped: standard error was not read"


def test_a_closed_standard_error_does_no_harm() -> None:
    output = Output()
    handler = BatchingHandler(output)
    output.close()

    handler.handle(record(logging.ERROR, "nobody can read this"))


EXITS = {"returns": "", "exits": "sys.exit(3)", "raises": "raise ValueError"}


@pytest.mark.parametrize("ending", EXITS.values(), ids=EXITS)
def test_no_line_is_lost_when_a_process_ends(ending: str) -> None:
    program = f"""
import logging, sys
from shared.logs import configure_logging
from shared.settings.observability import LogSettings
configure_logging(LogSettings(), "worker")
for number in range(50):
    logging.info("line %d", number)
{ending}
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert [f"line {number} " in ended.stderr for number in range(50)] == [True] * 50
