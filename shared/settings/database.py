"""Settings of the database and its read replica."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.settings.subject import SubjectSettings


class DatabaseSettings(SubjectSettings):
    url: str = Field(
        "",
        alias="DATABASE_URL",
        description="postgresql+asyncpg://… or sqlite+aiosqlite:///… Default: livelist.db in DATA_DIR.",
    )
    pool_size: int = Field(
        10,
        alias="DATABASE_POOL_SIZE",
        ge=1,
        le=100,
        description="Connections a process keeps to the database.",
    )
    replica_url: str = Field(
        "",
        alias="DATABASE_REPLICA_URL",
        description="postgresql+asyncpg://… of a streaming replica: sockets that resume read their missed "
        "events there, if it has them.",
    )

    @field_validator("url")
    @classmethod
    def check_url(cls, value: str) -> str:
        if value and not value.startswith(("postgresql+asyncpg://", "sqlite+aiosqlite:///")):
            raise ValueError("must start with postgresql+asyncpg:// or sqlite+aiosqlite:///")
        return value

    @field_validator("replica_url")
    @classmethod
    def check_replica_url(cls, value: str) -> str:
        if value and not value.startswith("postgresql+asyncpg://"):
            raise ValueError("must start with postgresql+asyncpg://")
        return value

    @model_validator(mode="after")
    def complete_url(self) -> Self:
        if not self.url:
            file = self.data_dir.absolute() / "livelist.db"
            object.__setattr__(self, "url", f"sqlite+aiosqlite:///{file}")
        return self

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def of_replica(self) -> Self:
        """Return the settings with which the read replica is opened."""
        return self.model_copy(update={"url": self.replica_url})
