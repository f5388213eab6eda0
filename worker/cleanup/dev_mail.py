"""Delete old files of the development mailbox."""

import asyncio
from datetime import timedelta
from pathlib import Path

from shared.resources import Resources

MAIL_RETENTION = timedelta(days=7)
MAX_MAILS = 1000
# Writing a file takes milliseconds. An incomplete one that is a day old was left by a dead worker.
PARTIAL_RETENTION = timedelta(days=1)


async def delete_old_files(resources: Resources) -> bool:
    """Delete all old files; return False, because none are left."""
    for path in await find_old_files(resources):
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return False


async def find_old_files(resources: Resources) -> list[Path]:
    """Return the files that are too old, or beyond the newest MAX_MAILS."""
    return await asyncio.to_thread(
        _find_old_files, resources.settings.mail.folder, resources.clock.now().timestamp()
    )


def _find_old_files(folder: Path, now: float) -> list[Path]:
    if not folder.is_dir():
        return []
    # File names are ids, which begin with their creation time.
    newest_first = sorted(folder.glob("*.eml"), reverse=True)
    old_mails = [
        path
        for index, path in enumerate(newest_first)
        if index >= MAX_MAILS or now - path.stat().st_mtime > MAIL_RETENTION.total_seconds()
    ]
    abandoned = [
        path
        for path in folder.glob("*.part")
        if now - path.stat().st_mtime > PARTIAL_RETENTION.total_seconds()
    ]
    return old_mails + abandoned
