"""ZIP archives: their members as sources, within limits that no honest backup reaches."""

import stat
import zipfile
from collections.abc import Callable, Sequence
from typing import IO, NamedTuple

from shared.attachments import archives
from shared.languages.texts import Amount, message
from worker.imports.items import FileRefused
from worker.imports.source import Source

# A backup has a file for each project.
MAX_MEMBERS = 2_000
# Of 2,000 members with long names, or 5,000 of an export. zipfile reads the directory whole, and makes an
# object of each entry.
MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
# Together, unpacked: twice what may be uploaded as it is.
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
# Of an archive of ours: what an export writes (shared/attachments/archives.py), beside its document.
MAX_OWN_MEMBERS = archives.MAX_FILES + 10
MAX_OWN_BYTES = archives.MAX_BYTES + MAX_UNPACKED_BYTES
# Text shrinks to a tenth, rarely to a fiftieth; a bomb to a thousandth.
MAX_RATIO = 200
# Below it a ratio says nothing.
MIN_CHECKED_BYTES = 1024 * 1024


class Member(NamedTuple):
    """A file of an archive of ours: its size as the entry says it, and how to open it."""

    size: int
    open: Callable[[], IO[bytes]]


def members(source: Source) -> list[Source]:
    """Return the files of the archive, in its order. Raise FileRefused for one that is not honest."""
    archive = _open(source)
    found = [info for info in archive.infolist() if not info.is_dir()]
    _check(found, MAX_MEMBERS, MAX_UNPACKED_BYTES)
    return [Source(info.filename, _Opener(archive, info)) for info in found]


def own_members(source: Source) -> dict[str, Member]:
    """Return the members of an archive of ours by path. Raise FileRefused for one that is not honest.

    An export writes no folder, no link, no path that leads out of it, and no path twice.
    """
    archive = _open(source)
    found = archive.infolist()
    _check(found, MAX_OWN_MEMBERS, MAX_OWN_BYTES)
    by_path: dict[str, Member] = {}
    for info in found:
        path = info.filename
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG) or not _is_plain(path):
            raise FileRefused("The archive holds paths that no export of ours has.")
        if path in by_path:
            raise FileRefused("The archive holds two files of one name.")
        by_path[path] = Member(info.file_size, _Opener(archive, info))
    return by_path


def names(source: Source) -> set[str]:
    """Return the paths in the archive. Raise FileRefused for a damaged one."""
    return set(_open(source).namelist())


def _open(source: Source) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(_BoundedReads(source.open()))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise FileRefused("The archive is damaged.") from None


def _check(found: Sequence[zipfile.ZipInfo], max_members: int, max_bytes: int) -> None:
    """Raise FileRefused for more than the limits, and for entries that lie."""
    if len(found) > max_members:
        raise FileRefused(
            message("The archive holds more than {limit} files.", limit=Amount(max_members))
        )
    if sum(info.file_size for info in found) > max_bytes:
        limit = max_bytes // 1024 // 1024
        raise FileRefused(
            message("Unpacked, the archive is larger than {limit} MiB.", limit=Amount(limit))
        )
    for info in found:
        is_large = info.file_size > MIN_CHECKED_BYTES
        if is_large and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise FileRefused("The archive is packed more densely than todos can be.")
        if info.flag_bits & 1:
            raise FileRefused("The archive is encrypted.")
        # zipfile unpacks bzip2 and LZMA without a limit: all of the bytes that it has just read.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused(
                "The archive is packed in an unusual way: pack it again as a plain ZIP."
            )
    end = 0
    for info in sorted(found, key=lambda each: each.header_offset):
        # Many entries of the same bytes: together they unpack to many times the file.
        if info.header_offset < end:
            raise FileRefused("The archive is damaged.")
        end = info.header_offset + info.compress_size


def _is_plain(path: str) -> bool:
    parts = path.split("/")
    return "\\" not in path and not {"", ".", ".."} & set(parts)


class _BoundedReads:
    """A file of which at most MAX_DIRECTORY_BYTES are read at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self.seekable = file.seekable

    def read(self, size: int = -1, /) -> bytes:
        limit = MAX_DIRECTORY_BYTES + 1
        content = self._file.read(limit if size < 0 else min(size, limit))
        if len(content) == limit:
            raise FileRefused("The directory of the archive is too long.")
        return content


class _Opener:
    """Opens a member, of which no more bytes come than its entry says."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._archive, self._info = archive, info

    def __call__(self) -> IO[bytes]:
        # Of a stored or deflated member zipfile unpacks no more than is read, up to the size of the entry.
        try:
            return self._archive.open(self._info)
        # ValueError: a name that is not UTF-8 though its header says so.
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
            raise FileRefused("The archive is damaged.") from None
