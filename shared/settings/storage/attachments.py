"""Settings of attachments: where their bytes are, and how many there may be. docs/attachments.md."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.settings.subject import CommaSeparated, SubjectSettings

MEBIBYTE = 1024 * 1024


class AttachmentSettings(SubjectSettings):
    directory: str = Field(
        "",
        alias="ATTACHMENTS_DIR",
        description="Folder of the attached files, which API and workers share. Default: attachments in "
        "DATA_DIR.",
    )
    s3_bucket: str = Field(
        "",
        alias="ATTACHMENTS_S3_BUCKET",
        description="Bucket of S3-compatible storage for the attached files; empty: ATTACHMENTS_DIR.",
    )
    s3_endpoint: str = Field(
        "",
        alias="ATTACHMENTS_S3_ENDPOINT",
        description="Address of the storage, such as https://s3.example.org. Default: that of Amazon.",
    )
    s3_region: str = Field(
        "us-east-1", alias="ATTACHMENTS_S3_REGION", description="Region of the bucket."
    )
    s3_key_id: str = Field(
        "", alias="ATTACHMENTS_S3_KEY_ID", description="Id of the access key of the storage."
    )
    s3_secret: SecretStr = Field(
        SecretStr(""),
        alias="ATTACHMENTS_S3_SECRET",
        description="Secret of the access key of the storage.",
    )
    # Photos of telephones have 3 to 12 MB, scans and slides rarely more than 20.
    max_mebibytes: int = Field(
        25,
        alias="ATTACHMENT_MAX_MEBIBYTES",
        ge=1,
        # A browser holds a download in memory.
        le=512,
        description="The largest file that can be attached. 1 to 512.",
    )
    quota_mebibytes: int = Field(
        1024,
        alias="ATTACHMENTS_MEBIBYTES_PER_ACCOUNT",
        ge=0,
        description="What one account may attach in all; 0: nothing can be attached.",
    )
    types: CommaSeparated = Field(
        (),
        alias="ATTACHMENT_TYPES",
        description="Types that can be attached, as image/* or application/pdf, separated by commas. "
        "Empty: all.",
    )
    # A photo has 12 to 50. A picture of 50 takes 200 MB of a worker while its thumbnail is made.
    max_megapixels: int = Field(
        50,
        alias="ATTACHMENT_THUMBNAIL_MEGAPIXELS",
        ge=1,
        le=150,
        description="The largest picture of which a thumbnail is made, in millions of pixels. 1 to 150.",
    )

    @field_validator("s3_endpoint")
    @classmethod
    def check_endpoint(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an address like https://s3.example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def require_bucket(self) -> "AttachmentSettings":
        has_key = bool(self.s3_key_id), bool(self.s3_secret.get_secret_value())
        if (self.s3_endpoint or any(has_key)) and not self.s3_bucket:
            raise ValueError("ATTACHMENTS_S3_ENDPOINT and its key need ATTACHMENTS_S3_BUCKET")
        if self.s3_bucket and not all(has_key):
            raise ValueError(
                "ATTACHMENTS_S3_BUCKET needs ATTACHMENTS_S3_KEY_ID and ATTACHMENTS_S3_SECRET"
            )
        return self

    @property
    def folder(self) -> Path:
        """The folder of the files. Only without a bucket."""
        return Path(self.directory) if self.directory else self.data_dir / "attachments"

    @property
    def max_bytes(self) -> int:
        return self.max_mebibytes * MEBIBYTE

    @property
    def quota_bytes(self) -> int:
        return self.quota_mebibytes * MEBIBYTE

    @property
    def max_pixels(self) -> int:
        return self.max_megapixels * 1_000_000

    def unsafe_values(self) -> Iterator[str]:
        if self.s3_endpoint.startswith("http://"):
            yield "ATTACHMENTS_S3_ENDPOINT sends the files unencrypted: use https"
