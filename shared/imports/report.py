"""What an import could not carry over: found by the preview, and while its pages are added."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update

from shared.ids import ImportId
from shared.imports.queries import EMPTY_REPORT
from shared.tables.interop.imports import ImportRow
from shared.unit_of_work import UnitOfWork

# As many as a user reads; the others are counted.
MAX_PROBLEMS = 200


@dataclass
class PageOutcome:
    """What became of the todos of a page. A problem is a line of the file and a sentence."""

    created: int = 0
    skipped: int = 0
    failed: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


async def add_problems(
    work: UnitOfWork, import_id: ImportId, problems: Sequence[tuple[int, str]]
) -> None:
    """Add problems to the report. The caller has written the import's row, which locks it."""
    if not problems:
        return
    report = await work.connection.scalar(select(ImportRow.report).where(ImportRow.id == import_id))
    report = {**EMPTY_REPORT, **(report or {})}
    shown = [*report["problems"], *({"line": line, "text": text} for line, text in problems)]
    report |= {
        "problems": shown[:MAX_PROBLEMS],
        "problem_count": report["problem_count"] + len(problems),
    }
    await work.connection.execute(
        update(ImportRow).where(ImportRow.id == import_id).values(report=report)
    )
