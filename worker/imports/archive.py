"""ZIP archives: their members as sources, within limits that no honest backup reaches."""

import zipfile
from typing import IO

from shared.languages.texts import message
from worker.imports.items import FileRefused
from worker.imports.source import Source

# A backup has a file for each project.
MAX_MEMBERS = 2_000
# Of 2,000 members with long names. zipfile reads the directory whole, and makes an object of each entry.
MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
# Together, unpacked: twice what may be uploaded as it is.
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
# Text shrinks to a tenth, rarely to a fiftieth; a bomb to a thousandth.
MAX_RATIO = 200
# Below it a ratio says nothing.
MIN_CHECKED_BYTES = 1024 * 1024


def members(source: Source) -> list[Source]:
    """Return the files of the archive, in its order. Raise FileRefused for one that is not honest."""
    try:
        archive = zipfile.ZipFile(_BoundedReads(source.open()))
        found = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise FileRefused("The archive is damaged.") from None
    if len(found) > MAX_MEMBERS:
        raise FileRefused(message("The archive holds more than {limit} files.", limit=MAX_MEMBERS))
    if sum(info.file_size for info in found) > MAX_UNPACKED_BYTES:
        raise FileRefused("Unpacked, the archive is larger than 256 MiB.")
    for info in found:
        is_large = info.file_size > MIN_CHECKED_BYTES
        if is_large and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise FileRefused("The archive is packed more densely than todos can be.")
        if info.flag_bits & 1:
            raise FileRefused("The archive is encrypted.")
    return [Source(info.filename, _Opener(archive, info)) for info in found]


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
            raise FileRefused(
                message("The archive holds more than {limit} files.", limit=MAX_MEMBERS)
            )
        return content


class _Opener:
    """Opens a member, of which no more bytes come than its entry says."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._archive, self._info = archive, info

    def __call__(self) -> IO[bytes]:
        # zipfile stops at the size of the entry, whatever the compressed bytes unpack to.
        try:
            return self._archive.open(self._info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            raise FileRefused("The archive is damaged.") from None
