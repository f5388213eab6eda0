"""The formats of an export: each turns lists and batches of their todos into text. Pure.

An encoder is made for one export, and called in the order of the document:

    begin  (begin_list  todos*  comments*  occurrences*  end_list)*  end
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from shared.contract.shapes import TodoShape
from shared.list_exports.calendar_encoder import CalendarEncoder
from shared.list_exports.csv_encoder import CsvEncoder
from shared.list_exports.json_encoder import JsonEncoder
from shared.list_exports.markdown_encoder import MarkdownEncoder
from shared.list_exports.reading import ExportedFile, ExportedList
from shared.reminders.rules import ReminderTrigger


class ExportFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    ICALENDAR = "icalendar"
    MARKDOWN = "markdown"
    # JSON and the attached files, in an archive.
    ZIP = "zip"


class Encoder(Protocol):
    """`has_details`: it takes files, comments and past occurrences, which are not read otherwise."""

    media_type: str
    extension: str
    has_reminders: bool
    has_details: bool

    def begin(self, site_url: str, now: datetime) -> str: ...

    def begin_list(self, exported: ExportedList) -> str: ...

    def todos(
        self,
        todos: list[TodoShape],
        reminders: Mapping[str, Sequence[ReminderTrigger]],
        files: Mapping[str, Sequence[ExportedFile]],
    ) -> str: ...

    def comments(self, rows: Sequence[Any]) -> str: ...

    def occurrences(self, rows: Sequence[Any]) -> str: ...

    def end_list(self) -> str: ...

    def end(self) -> str: ...


# An archive is encoded where its files are known (api/routes/lists/list_exports.py).
ENCODERS: Mapping[ExportFormat, Callable[[], Encoder]] = {
    ExportFormat.JSON: JsonEncoder,
    ExportFormat.CSV: CsvEncoder,
    ExportFormat.ICALENDAR: CalendarEncoder,
    ExportFormat.MARKDOWN: MarkdownEncoder,
}
