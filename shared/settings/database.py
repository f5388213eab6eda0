"""Settings of the database and its read replica."""

from typing import Self

from pydantic import Field, field_validator, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from shared.settings.hosts import check_host
from shared.settings.subject import SubjectSettings

POSTGRES, SQLITE = "postgresql+asyncpg", "sqlite+aiosqlite"
# What other programs, and the consoles of hosting companies, call them.
_SPELLINGS = {
    "postgres": POSTGRES, "postgresql": POSTGRES, POSTGRES: POSTGRES, "sqlite": SQLITE, SQLITE: SQLITE,
}  # fmt: skip
# What asyncpg takes. libpq calls `ssl` sslmode.
_QUERY = frozenset({"ssl", "host", "port"})
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _normalized(text: str, *kinds: str) -> str:
    """Return the URL of a database in the form that SQLAlchemy reads. Raise ValueError."""
    forms = " or ".join(f"{kind}://" if kind == POSTGRES else f"{kind}:///" for kind in kinds)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(
            f"is not an address of a database; it starts with {forms}, and characters such as @ and / "
            "in a password are written %40 and %2F"
        ) from None
    kind = _SPELLINGS.get(url.drivername)
    if kind not in kinds:
        raise ValueError(f"must start with {forms}")
    if kind == SQLITE:
        if url.host or not url.database:
            raise ValueError(f"must name a file: {SQLITE}:///data/livelist.db")
        return url.set(drivername=kind).render_as_string(hide_password=False)
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    if unknown := query.keys() - _QUERY:
        raise ValueError(
            f"has an unknown parameter {min(unknown)}; there are sslmode, host and port"
        )
    for host in (url.host or "", *_query_hosts(query.get("host", ""))):
        check_host(host)
    if query.get("ssl", "prefer") not in _SSL_MODES:
        raise ValueError(f"takes as sslmode one of {', '.join(_SSL_MODES)}")
    return url.set(drivername=kind, query=query).render_as_string(hide_password=False)


def _query_hosts(given: str | tuple[str, ...]) -> list[str]:
    """Return the names of hosts in the parameter `host`, which may be a folder of sockets, too."""
    hosts = given if isinstance(given, tuple) else given.split(",")
    return [host for host in hosts if not host.startswith("/")]


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
        return _normalized(value, POSTGRES, SQLITE) if value else value

    @field_validator("replica_url")
    @classmethod
    def check_replica_url(cls, value: str) -> str:
        return _normalized(value, POSTGRES) if value else value

    @model_validator(mode="after")
    def complete_url(self) -> Self:
        if not self.url:
            file = self.data_dir.absolute() / "livelist.db"
            object.__setattr__(self, "url", f"sqlite+aiosqlite:///{file}")
        return self

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def address(self) -> str:
        """Return host:port/name or the path of the file, for messages: without user and password."""
        url = make_url(self.url)
        if self.is_sqlite:
            return url.database or ""
        host = url.host or url.query.get("host", "")
        port = url.port or url.query.get("port", 5432)
        return f"{host}:{port}/{url.database or ''}"

    def of_replica(self) -> Self:
        """Return the settings with which the read replica is opened."""
        return self.model_copy(update={"url": self.replica_url})
