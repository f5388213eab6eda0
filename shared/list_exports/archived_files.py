"""The attached files of a list export as an archive: which of them are in it, and where."""

from shared.attachments.archives import MAX_BYTES, MAX_FILES, member_path
from shared.ids import AttachmentId
from shared.list_exports.reading import ExportedFile


class ArchivedFiles:
    """The files that the document names, which follow it in the archive, as many as one may hold."""

    def __init__(self) -> None:
        self.paths: dict[AttachmentId, str] = {}
        self._bytes = 0
        # Those beyond the limits: they have no path.
        self.left_out = 0

    def add(self, file: ExportedFile) -> str | None:
        """Return the path of a file in the archive; None for one that is left out."""
        file_id = AttachmentId(file.id)
        # Twice if its todo moves to a list that comes later.
        if file_id not in self.paths:
            if len(self.paths) == MAX_FILES or self._bytes + file.size_bytes > MAX_BYTES:
                self.left_out += 1
                return None
            self.paths[file_id] = member_path(file.id, file.name)
            self._bytes += file.size_bytes
        return self.paths[file_id]
