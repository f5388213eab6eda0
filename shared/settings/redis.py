"""Settings of Redis, which carries live updates, wake-ups of workers, presence and rate limits."""

from pydantic import Field, field_validator
from redis.asyncio.connection import parse_url

from shared.settings.hosts import check_host
from shared.settings.subject import SubjectSettings


def _checked(url: str) -> str:
    """Return `url` if the client can read it. Raise ValueError."""
    if url and not url.startswith("memory://"):
        try:
            check_host(parse_url(url).get("host", ""))
        except ValueError:
            raise ValueError("must look like redis://:password@host:6379/0") from None
    return url


class RedisSettings(SubjectSettings):
    url: str = Field(
        "",
        alias="REDIS_URL",
        description="redis://… of the broker. Default: `./livelist up` starts one; without any, live updates "
        "come up to 1 s late.",
    )
    cluster_url: str = Field(
        "",
        alias="REDIS_CLUSTER_URL",
        description="redis://… of some nodes of a Redis Cluster, separated by commas: live updates are "
        "published there, over sharded pub/sub. REDIS_URL carries the rest.",
    )

    @field_validator("url")
    @classmethod
    def check_url(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://", "memory://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return _checked(value)

    @field_validator("cluster_url")
    @classmethod
    def check_cluster_url(cls, value: str) -> str:
        urls = [url.strip() for url in value.split(",")] if value else []
        if not all(url.startswith(("redis://", "rediss://")) for url in urls):
            raise ValueError("each must start with redis:// or rediss://")
        for url in urls:
            _checked(url)
        return value
