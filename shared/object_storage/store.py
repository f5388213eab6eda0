"""Where the bytes of attachments are: a folder, or a bucket of S3-compatible storage.

Both are stores of obstore, used alike. An object is written whole or not at all, and never changed.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from shared.errors import Unavailable
from shared.settings.storage.attachments import AttachmentSettings

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult
    from obstore.store import S3Config

# Parts in which a file is sent to a bucket, where no part but the last may be smaller. Three of one upload
# are in memory at a time: one that fills, and two under way.
PART_BYTES, PARTS_AT_ONCE = 5 * 1024 * 1024, 2
# Parts in which a file is read: what a download holds in memory.
READ_BYTES = 256 * 1024
# What a file that is read in parts holds, and asks for at once: a request to a bucket takes some 20 ms.
FILE_BUFFER_BYTES = 1024 * 1024
# For one request to the storage, after which obstore tries again for RETRY_SECONDS in all. A part takes
# 5 s at 8 Mbit/s.
REQUEST_SECONDS, CONNECT_SECONDS, RETRY_SECONDS = 30, 5, 60
# A process that died during a write to a folder leaves a partial file, as <name>#<number>.
PARTIAL_RETENTION = timedelta(days=1)


# Of the storage: it cannot be reached, refuses us, or has no space left.
_FAILURES = (BaseError, OSError)

log = logging.getLogger(__name__)


class ObjectMissing(Unavailable):
    """An object that the database knows is not in the storage: a restored backup without its files."""

    def __init__(self) -> None:
        super().__init__(
            "The file is missing in the storage. Tell whoever runs this site.", code="file_missing"
        )


@dataclass(frozen=True)
class StoredObject:
    """An object that is being read: its whole size, and its bytes from `start` to before `end`."""

    size: int
    chunks: AsyncIterator[bytes]


class ObjectStorage:
    """Write, read and delete objects. Nothing is connected before the first use."""

    def __init__(self, settings: AttachmentSettings) -> None:
        self._settings = settings
        self._opened: LocalStore | S3Store | None = None

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """Store the chunks under `key`. What `chunks` raises is raised, and nothing is stored.

        Raise Unavailable `storage_unavailable`.
        """
        failure: list[BaseException] = []

        async def watched() -> AsyncIterator[bytes]:
            # obstore passes on an error of its own that only quotes ours.
            try:
                async for chunk in chunks:
                    yield chunk
            except BaseException as error:
                failure.append(error)
                raise

        try:
            await obstore.put_async(
                self._store,
                key,
                watched(),
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
        except _FAILURES as error:
            if failure:
                raise failure[0] from None
            raise _unavailable(error) from error

    async def read(self, key: str, start: int = 0, end: int | None = None) -> StoredObject:
        """Open an object, or its bytes from `start` to before `end`.

        Raise ObjectMissing, or Unavailable `storage_unavailable`.
        """
        options: GetOptions = {}
        if end is not None:
            options = {"range": (start, end)}
        elif start:
            options = {"range": {"offset": start}}
        try:
            result = await obstore.get_async(self._store, key, options=options)
        except FileNotFoundError:
            raise ObjectMissing from None
        except _FAILURES as error:
            raise _unavailable(error) from error
        return StoredObject(result.meta["size"], _chunks_of(result))

    async def read_all(self, key: str) -> bytes:
        """Return an object that is small, or of which the caller needs all."""
        return b"".join([chunk async for chunk in (await self.read(key)).chunks])

    def open_file(self, key: str) -> IO[bytes]:
        """Open an object to read parts of it in any order. Called and used in threads: it blocks.

        A read asks the storage for FILE_BUFFER_BYTES at least. Raise ObjectMissing, or Unavailable
        `storage_unavailable`, also while it is read.
        """
        return io.BufferedReader(_StoredFile(self._store, key), READ_BYTES)

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that do not exist are no error. Raise Unavailable."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue
            except _FAILURES as error:
                raise _unavailable(error) from error

    async def delete_partial_files(self, now: datetime) -> int:
        """Delete what processes left in the folder that died during a write; return how many files.

        In a bucket a lifecycle rule does this (docs/operations.md).
        """
        if self._settings.s3_bucket:
            return 0
        return await asyncio.to_thread(
            _delete_partial_files, self._settings.folder, now - PARTIAL_RETENTION
        )

    @property
    def _store(self) -> LocalStore | S3Store:
        if self._opened is None:
            self._opened = _open_store(self._settings)
        return self._opened


class _StoredFile(io.RawIOBase):
    """An object as a file. obstore's own does not raise our errors, and returns buffers that are no bytes."""

    def __init__(self, store: LocalStore | S3Store, key: str) -> None:
        try:
            self._file = obstore.open_reader(store, key, buffer_size=FILE_BUFFER_BYTES)
        except FileNotFoundError:
            raise ObjectMissing from None
        except _FAILURES as error:
            raise _unavailable(error) from error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any, /) -> int:
        try:
            content = self._file.read(len(buffer))
        except _FAILURES as error:
            raise _unavailable(error) from error
        size = len(content)
        buffer[:size] = content
        return size


def _open_store(settings: AttachmentSettings) -> LocalStore | S3Store:
    if not settings.s3_bucket:
        # Only this user reads what users attached.
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(prefix=settings.folder.resolve())
    config: S3Config = {
        "region": settings.s3_region,
        "access_key_id": settings.s3_key_id,
        "secret_access_key": settings.s3_secret.get_secret_value(),
    }
    if settings.s3_endpoint:
        config["endpoint"] = settings.s3_endpoint
    return S3Store(
        settings.s3_bucket,
        config=config,
        client_options={
            # Production refuses an endpoint without TLS (shared/settings/storage/attachments.py).
            "allow_http": settings.s3_endpoint.startswith("http://"),
            "timeout": f"{REQUEST_SECONDS}s",
            "connect_timeout": f"{CONNECT_SECONDS}s",
        },
        retry_config={"retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )


async def _chunks_of(result: GetResult) -> AsyncIterator[bytes]:
    """Yield the bytes. Raise Unavailable `storage_unavailable` where they break off."""
    try:
        async for chunk in result.stream(min_chunk_size=READ_BYTES):
            yield bytes(chunk)
    except _FAILURES as error:
        raise _unavailable(error) from error


def _delete_partial_files(folder: Path, before: datetime) -> int:
    oldest = before.timestamp()
    partial = [path for path in folder.glob("*/*#*") if path.stat().st_mtime < oldest]
    for path in partial:
        path.unlink(missing_ok=True)
    return len(partial)


def _unavailable(error: Exception) -> Unavailable:
    # Only its first line: the others quote the request.
    log.error("attachments: %s: %s", type(error).__name__, str(error).partition("\n")[0][:300])
    return Unavailable(
        "The storage of attached files does not answer now.", code="storage_unavailable"
    )
