"""The only place that reads the environment. Every setting is described in docs/operations.md."""

import contextlib
import ipaddress
import os
import re
import secrets
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared import base64url
from shared.ids import new_p256_key

ROOT = Path(__file__).resolve().parent.parent

# HS256 needs a key at least as long as its hash (RFC 7518, 3.2).
SECRET_BYTES = 32


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What an operator may decide. Names in the environment are the field names in capitals."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="`production` refuses unsafe settings and hides /dev/mail and the docs page.",
    )
    host: str = Field("127.0.0.1", description="Address the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")
    public_url: str = Field(
        "",
        description="Where people reach the service; links in mail start with it. Default: "
        "http://localhost:PORT.",
    )
    data_dir: Path = Field(
        Path("data"),
        description="Folder of the embedded database, broker, development mail and generated secret.",
    )
    database_url: str = Field(
        "",
        description="postgresql+asyncpg://… or sqlite+aiosqlite:///… Default: livelist.db in DATA_DIR.",
    )
    database_pool_size: int = Field(
        10, ge=1, le=100, description="Connections a process keeps to the database."
    )
    database_replica_url: str = Field(
        "",
        description="postgresql+asyncpg://… of a streaming replica: sockets that come back read their missed "
        "events there, if it has them.",
    )
    redis_url: str = Field(
        "",
        description="redis://… of the broker. Default: `./livelist up` starts one; without any, live updates "
        "come up to 1 s late.",
    )
    redis_cluster_url: str = Field(
        "",
        description="redis://… of some nodes of a Redis Cluster, separated by commas: live updates are rung "
        "there, over sharded pub/sub. REDIS_URL carries the rest.",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 bytes; signs tokens and links. Development makes DATA_DIR/secret.",
    )
    previous_secret_key: SecretStr = Field(
        SecretStr(""), description="The key before SECRET_KEY, still accepted while you rotate."
    )
    vapid_private_key: SecretStr = Field(
        SecretStr(""),
        description="Signs pushes to browsers; ./livelist secret --vapid prints one. Without it production "
        "pushes nothing; development makes DATA_DIR/vapid.",
    )
    push_to_private_addresses: bool = Field(
        False,
        description="Whether pushes may go to http and to this network. For development and tests only.",
    )
    allowed_hosts: Words = Field(
        (),
        description="Host names requests may carry, separated by commas. Default: that of PUBLIC_URL, and "
        "localhost in development.",
    )
    cors_origins: Words = Field(
        (),
        description="Origins of other web clients that may call the API and open the socket, separated by "
        "commas.",
    )
    trusted_proxies: Words = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For we believe, separated by commas.",
    )
    registration_open: bool = Field(True, description="Whether strangers may register.")
    access_token_minutes: int = Field(
        15, ge=1, le=1440, description="How long an access token lives."
    )
    session_days: int = Field(30, ge=1, le=365, description="How long a sign-in lasts unused.")
    mail_server: str = Field(
        "",
        description="SMTP server. Without one, development keeps mail in DATA_DIR/mail and shows it at "
        "/dev/mail.",
    )
    mail_port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    mail_username: str = Field("", description="SMTP user; empty: no sign-in.")
    mail_password: SecretStr = Field(SecretStr(""), description="SMTP password.")
    mail_starttls: bool = Field(
        True, description="Whether the connection is upgraded with STARTTLS."
    )
    mail_ssl_tls: bool = Field(
        False, description="Whether the connection is TLS from the start (port 465)."
    )
    mail_from: str = Field(
        "livelist@localhost.localdomain", description="Sender address of every mail."
    )
    mail_from_name: str = Field("Livelist", description="Sender name of every mail.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field(
        "", description="`json` or `text`. Default: json in production, text in development."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token for /metrics. Without one /metrics answers only to this machine.",
    )
    worker_metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port where a worker shows its metrics, one for each worker of a machine; 0: none.",
    )
    worker_metrics_host: str = Field(
        "127.0.0.1",
        description="Address of that port. Whoever reaches it may read: it asks for no token.",
    )
    failpoint: str = Field(
        "",
        description="`name:kill` or `name:raise`, or `name:kill:N`: a named place breaks. For tests only.",
    )
    rate_limits: bool = Field(
        True,
        description="Whether account routes are rate limited. Only tests and benchmarks turn it off.",
    )

    @field_validator("allowed_hosts", "cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def split_words(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            ipaddress.ip_network(word, strict=False)
        return value

    @field_validator("log_level")
    @classmethod
    def check_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("database_url")
    @classmethod
    def check_database(cls, value: str) -> str:
        if value and not value.startswith(("postgresql+asyncpg://", "sqlite+aiosqlite:///")):
            raise ValueError("must start with postgresql+asyncpg:// or sqlite+aiosqlite:///")
        return value

    @field_validator("database_replica_url")
    @classmethod
    def check_replica(cls, value: str) -> str:
        if value and not value.startswith("postgresql+asyncpg://"):
            raise ValueError("must start with postgresql+asyncpg://")
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def check_vapid(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        try:
            number = base64url.decode(key)
        except ValueError:
            number = b""
        # As new_p256_key makes them: neither 0, nor near the order of the curve.
        if key and (len(number) != 32 or not any(number) or number.startswith(b"\xff" * 4)):
            raise ValueError("must be what ./livelist secret --vapid prints")
        return value

    @field_validator("failpoint")
    @classmethod
    def check_failpoint(cls, value: str) -> str:
        if value and not re.fullmatch(r"[a-z_]+:(kill|raise)(:[1-9][0-9]*)?", value):
            raise ValueError("must look like smtp_accepted:kill")
        return value

    @field_validator("redis_url")
    @classmethod
    def check_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://", "memory://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("redis_cluster_url")
    @classmethod
    def check_cluster(cls, value: str) -> str:
        urls = [url.strip() for url in value.split(",")] if value else []
        if not all(url.startswith(("redis://", "rediss://")) for url in urls):
            raise ValueError("each must start with redis:// or rediss://")
        return value

    @model_validator(mode="after")
    def fill_and_check(self) -> Self:
        if not self.public_url:
            object.__setattr__(self, "public_url", f"http://localhost:{self.port}")
        object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
        parts = urlsplit(self.public_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("PUBLIC_URL must be an address like https://todo.example.org")
        if self.environment is Environment.PRODUCTION:
            self._refuse_unsafe()
        return self

    def _refuse_unsafe(self) -> None:
        previous = self.previous_secret_key.get_secret_value()
        mistakes = [
            (
                len(self.secret_key.get_secret_value().encode()) < SECRET_BYTES,
                "SECRET_KEY must be set to at least 32 bytes: ./livelist secret prints one",
            ),
            (
                # One that is not there is said once.
                0 < len(set(self.secret_key.get_secret_value())) < 8,
                "SECRET_KEY repeats a few characters; use a random one: ./livelist secret prints one",
            ),
            (
                # What is signed with it is accepted, whoever signed it.
                bool(previous)
                and (len(previous.encode()) < SECRET_BYTES or len(set(previous)) < 8),
                "PREVIOUS_SECRET_KEY must be as strong as SECRET_KEY, or not set",
            ),
            (
                not self.public_url.startswith("https://"),
                "PUBLIC_URL must start with https:// (links in mail carry one-time tokens)",
            ),
            (
                "*" in self.cors_origins or "*" in self.allowed_hosts,
                "CORS_ORIGINS and ALLOWED_HOSTS must name their entries; * lets everyone in",
            ),
            (
                not self.mail_server,
                "MAIL_SERVER must be set: people cannot verify their address without mail",
            ),
            (bool(self.failpoint), "FAILPOINT is for tests and kills processes"),
            (not self.rate_limits, "RATE_LIMITS cannot be turned off"),
            (
                self.push_to_private_addresses,
                "PUSH_TO_PRIVATE_ADDRESSES lets whoever subscribes make us call machines of this network",
            ),
        ]
        wrong = [sentence for is_wrong, sentence in mistakes if is_wrong]
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def in_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def database_address(self) -> str:
        return (
            self.database_url or f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'livelist.db'}"
        )

    @property
    def on_sqlite(self) -> bool:
        return self.database_address.startswith("sqlite")

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names a request may carry, without ports."""
        own = urlsplit(self.public_url).hostname or "localhost"
        local = () if self.in_production else ("localhost", "127.0.0.1", "[::1]")
        return self.allowed_hosts or tuple(dict.fromkeys((own, *local)))

    @property
    def origins(self) -> tuple[str, ...]:
        """Exact origins from which a browser may open the socket or send the refresh cookie."""
        parts = urlsplit(self.public_url)
        own = (f"{parts.scheme}://{parts.netloc}",)
        local = (
            ()
            if self.in_production
            else (
                f"http://localhost:{self.port}",
                f"http://127.0.0.1:{self.port}",
                f"http://[::1]:{self.port}",
            )
        )
        return tuple(dict.fromkeys((*own, *local, *self.cors_origins)))

    def signing_keys(self) -> tuple[bytes, ...]:
        """Returns the keys that sign and check tokens and links, the current one first."""
        current = self.secret_key.get_secret_value() or self._kept(
            "secret", lambda: secrets.token_urlsafe(48)
        )
        previous = self.previous_secret_key.get_secret_value()
        return tuple(key.encode() for key in (current, previous) if key)

    def push_key(self) -> str:
        """Returns the private key that signs pushes; empty where there are none."""
        given = self.vapid_private_key.get_secret_value()
        return given if given or self.in_production else self._kept("vapid", new_p256_key)

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        """Returns development's own secret of that name, made when first asked for."""
        path = self.data_dir / name
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            # Written aside and linked into place: API and worker, started together, agree on
            # whoever came first, and neither can read half a secret.
            own = path.with_suffix(f".{os.getpid()}")
            own.touch(mode=0o600)
            own.write_text(make())
            with contextlib.suppress(FileExistsError):
                os.link(own, path)
            own.unlink()
        return path.read_text()


class SettingsError(Exception):
    """One sentence for each setting that is wrong; never the value, it may be a secret."""


def load_settings() -> Settings:
    """Returns the settings of this process. Raises SettingsError with a sentence a mistake."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_sentence(one["loc"], one["msg"]) for one in error.errors())
        ) from None


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0]).upper() + ": " if location else ""
    return name + message.removeprefix("Value error, ")
