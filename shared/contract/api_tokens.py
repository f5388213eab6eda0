"""Shapes of API tokens."""

from enum import StrEnum

from pydantic import Field

from shared.contract.base import Instant, Shape


class TokenScope(StrEnum):
    """What an API token allows. Each scope allows all that the scopes before it allow."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Audience(StrEnum):
    """Where alone an access token of a connected application works (RFC 8707)."""

    API = "api"
    MCP = "mcp"


class ApiTokenShape(Shape):
    """An API token of the account, without its secret."""

    id: str
    name: str
    scope: TokenScope
    list_ids: list[str] | None = Field(description="The only lists that it reaches; null: all.")
    created_at: Instant
    expires_at: Instant | None = Field(description="Null: it works until it is revoked.")
    last_used_at: Instant | None = Field(description="Exact to about a minute. Null: never used.")


class NewApiTokenShape(ApiTokenShape):
    token: str = Field(description="The secret. It is shown this once and cannot be read again.")
