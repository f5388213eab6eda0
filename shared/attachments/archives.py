"""ZIP archives of attached files, written while they are sent: names, limits, and the bytes.

An archive is written by zipfile to a file that cannot seek: each member has its sizes and checksum behind
its bytes, and the directory comes last. So memory holds what was not taken yet, and an entry for each member.
stream-zip and zipstream-ng write such archives too, but pull files from iterators that cannot await: each
download would need a thread.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# Of an export of lists, which an import looks for.
DOCUMENT = "export.json"
FOLDER = "files"
# What an account may attach by default. It takes a quarter of an hour at 10 Mbit/s, and a browser keeps it
# until it is saved.
MAX_BYTES = 1024 * 1024 * 1024
# A process holds about 1 kB for each member until the archive is sent.
MAX_FILES = 5_000
MEMBER_BYTES = 1024
# In UTF-8: the path of a file must fit into the 260 characters of Windows, below any folder.
MAX_NAME_BYTES = 120
MAX_ENDING_BYTES = 20
# What a file system or a shell takes as its own, on any system.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]')
# Devices of Windows, with any ending.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def member_path(attachment_id: str, name: str) -> str:
    """Return the path of a file in the archive: `files/<id>/<name>`, which every system can unpack."""
    safe = _UNSAFE.sub("_", name).strip(". ")
    stem, dot, ending = safe.rpartition(".")
    ending = dot + ending if stem and len(ending.encode()) < MAX_ENDING_BYTES else ""
    stem = safe.removesuffix(ending) if ending else safe
    stem = stem.encode()[: MAX_NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    # A cut may end in a space, which Windows drops.
    safe = f"{stem.rstrip('. ')}{ending}" or "file"
    return f"{FOLDER}/{attachment_id}/{'_' if _DEVICE.match(safe) else ''}{safe}"


class ArchiveStream:
    """An archive that is written on one side and taken on the other. Used by one task at a time."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._archive = ZipFile(self._sink, "w")

    @property
    def size(self) -> int:
        """Return how many bytes wait to be taken."""
        return self._sink.size

    @contextmanager
    def member(self, path: str, at: datetime, *, is_text: bool) -> Iterator[IO[bytes]]:
        """Begin a member, into which the block writes. `at` is its time, which a ZIP has in no zone.

        Text is compressed. Files are stored as they are: most are compressed already.
        """
        moment = at.astimezone(UTC).timetuple()[:6]
        # A ZIP knows no years before 1980.
        info = ZipInfo(path, max(moment, (1980, 1, 1, 0, 0, 0)))
        info.compress_type = ZIP_DEFLATED if is_text else ZIP_STORED
        info.external_attr = 0o644 << 16
        # Only text may exceed 2 GiB: its length is not known when it begins.
        with self._archive.open(info, "w", force_zip64=is_text) as member:
            yield member

    def end(self) -> None:
        """Write the directory."""
        self._archive.close()

    def take(self) -> bytes:
        """Return what was written since the last call."""
        return self._sink.take()


class _Sink:
    """A file that cannot seek."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, part: bytes, /) -> int:
        self._parts.append(bytes(part))
        self.size += len(part)
        return len(part)

    def flush(self) -> None:
        """Do nothing: zipfile calls it."""

    def close(self) -> None:
        """Do nothing: zipfile calls it."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return taken
