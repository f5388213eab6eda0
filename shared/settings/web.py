"""Settings of the API: where it listens, under which addresses, and for which clients."""

import ipaddress
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from shared.settings.hosts import Host, check_host
from shared.settings.relying_party import RelyingParty, relying_party
from shared.settings.subject import CommaSeparated, SubjectSettings


def _is_origin(url: str) -> bool:
    """Return True if `url` is scheme, host and perhaps a port: the service has a host of its own."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
        check_host(parts.hostname or "")
    except ValueError:  # a port that is no number, half an IPv6 address, or an impossible name
        return False
    rest = (parts.path, parts.query, parts.fragment, parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and not any(rest)


class WebSettings(SubjectSettings):
    host: Host = Field("127.0.0.1", alias="HOST", description="Address the API listens on.")
    port: int = Field(8000, alias="PORT", ge=1, le=65535, description="Port the API listens on.")
    workers: int = Field(
        1,
        alias="API_WORKERS",
        ge=1,
        # More cores than a machine of one site has; each process takes 100 MB and DATABASE_POOL_SIZE.
        le=64,
        description="API processes that share PORT. One uses one core.",
    )
    public_url: str = Field(
        "",
        alias="PUBLIC_URL",
        description="Address of the service for browsers; links in mail start with it. Default: "
        "http://localhost:PORT.",
    )
    passkey_domain: str = Field(
        "",
        alias="PASSKEY_DOMAIN",
        description="Domain for which passkeys are made: the host of PUBLIC_URL, or a parent domain whose "
        "other hosts share them. Default: that host. A change makes every passkey unusable.",
    )
    allowed_hosts: CommaSeparated = Field(
        (),
        alias="ALLOWED_HOSTS",
        description="Host names requests may carry, separated by commas. Default: that of PUBLIC_URL, and "
        "localhost in development.",
    )
    cors_origins: CommaSeparated = Field(
        (),
        alias="CORS_ORIGINS",
        description="Origins of other web clients that may call the API and open the socket, separated by "
        "commas.",
    )
    trusted_proxies: CommaSeparated = Field(
        (),
        alias="TRUSTED_PROXIES",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, separated by "
        "commas.",
    )
    rate_limits: bool = Field(
        True,
        alias="RATE_LIMITS",
        description="Whether account routes are rate limited. Only tests and benchmarks turn it off.",
    )

    shutdown_delay_seconds: int = Field(
        0,
        alias="SHUTDOWN_DELAY_SECONDS",
        ge=0,
        # With the 20 s for running requests, less than the 28 s of api/processes.py.
        le=5,
        description="After SIGTERM, how long the API still serves while /health/ready is 503, so that a "
        "proxy sends its requests elsewhere.",
    )

    writes_per_hour: int = Field(
        20_000,
        alias="WRITES_PER_HOUR",
        ge=1,
        description="Writes that one account may send to one process in an hour.",
    )
    written_mebibytes_per_hour: int = Field(
        1024,
        alias="WRITTEN_MEBIBYTES_PER_HOUR",
        ge=1,
        description="MiB of bodies that one account may write to one process in an hour.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValueError(
                    f"{network!r} is no network; write 192.0.2.1 or 10.0.0.0/8"
                ) from None
        return value

    @model_validator(mode="after")
    def complete_public_url(self) -> Self:
        url = (self.public_url or f"http://localhost:{self.port}").rstrip("/")
        object.__setattr__(self, "public_url", url)
        if not _is_origin(url):
            raise ValueError(
                "PUBLIC_URL must be an address like https://todo.example.org, without a path"
            )
        try:
            relying_party(url, self.passkey_domain)
        except ValueError as error:
            raise ValueError(f"PASSKEY_DOMAIN {error}") from None
        return self

    @property
    def relying_party(self) -> RelyingParty:
        """Under which name this site has passkeys."""
        return relying_party(self.public_url, self.passkey_domain)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names that a request may carry, without ports."""
        own = urlsplit(self.public_url).hostname or "localhost"
        local = () if self.in_production else ("localhost", "127.0.0.1", "[::1]")
        return self.allowed_hosts or tuple(dict.fromkeys((own, *local)))

    @property
    def origins(self) -> tuple[str, ...]:
        """Exact origins from which a browser may open the socket or send the refresh cookie."""
        return tuple(dict.fromkeys((*self.own_origins, *self.cors_origins)))

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Origins of the web client that the API itself serves."""
        parts = urlsplit(self.public_url)
        hosts = () if self.in_production else ("localhost", "127.0.0.1", "[::1]")
        local = (f"http://{host}:{self.port}" for host in hosts)
        return tuple(dict.fromkeys((f"{parts.scheme}://{parts.netloc}", *local)))

    def unsafe_values(self) -> Iterator[str]:
        if not self.public_url.startswith("https://"):
            yield "PUBLIC_URL must start with https:// (links in mail carry one-time tokens)"
        if "*" in self.cors_origins or "*" in self.allowed_hosts:
            yield "CORS_ORIGINS and ALLOWED_HOSTS must name their entries; * lets everyone in"
        if not self.rate_limits:
            yield "RATE_LIMITS cannot be turned off"
