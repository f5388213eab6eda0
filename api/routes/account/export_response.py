"""The answer with the document of an export of an account."""

from api.routes.download import Chunks, Download
from shared.contract.personal_data import DataExportShape


class ExportResponse(Download):
    media_type = "application/json"

    def __init__(self, chunks: Chunks, export: DataExportShape) -> None:
        super().__init__(
            chunks,
            file_name=f"livelist-personal-data-{export.created_at:%Y-%m-%d}.json",
            media_type="application/json",
            size=export.size_bytes,
        )
