"""Shapes of the export of all data of an account, and of its deletion."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape


class DataExportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class DataExportShape(Shape):
    """An export of all data of an account. Its document is described in docs/personal-data.md."""

    id: str
    state: DataExportState
    rows_done: int = Field(description="Rows written up to now.")
    rows_total: int = Field(
        description="Rows counted when the export began; 0 before. Rows that come and go meanwhile "
        "are not counted again."
    )
    size_bytes: int = Field(description="Size of what is written up to now.")
    created_at: Instant
    finished_at: Instant | None
    expires_at: Instant = Field(description="When the document is deleted.")


class AccountDeletionShape(Shape):
    delete_at: Instant | None = Field(
        description="When the account is deleted for good. Null: it is deleted now."
    )
