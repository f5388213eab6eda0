"""Shapes and bodies of the OAuth pages and of connected applications. docs/oauth.md."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.base import Body, Id, Instant, Shape

# A list of more lists than this: all of them.
MAX_LISTS = 100
# Of one parameter of a request. `state` and addresses are shorter, and have errors of their own.
_Parameter = Annotated[str, Field(max_length=4000)]


class AuthorizationRequest(Body):
    """The query of the page /oauth/authorize, as the program sent it."""

    response_type: _Parameter | None = None
    client_id: _Parameter | None = None
    redirect_uri: _Parameter | None = None
    scope: _Parameter | None = None
    state: _Parameter | None = None
    code_challenge: _Parameter | None = None
    code_challenge_method: _Parameter | None = None
    resource: _Parameter | None = None


class Choice(Body):
    """What the user allows of what was requested."""

    scope: TokenScope = Field(description="The requested one, or less.")
    list_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_LISTS)] | None = Field(
        default=None, description="The only lists that it reaches; absent or null: all."
    )


class Allowing(Choice):
    request: AuthorizationRequest


class AuthorizationRequestShape(Shape):
    """What the user is asked. Name and host were written by the program itself."""

    client_name: str
    is_built_in: bool = Field(description="The program is part of this site.")
    returns_to: str = Field(description="The host, or the scheme, to which the browser goes.")
    is_on_this_device: bool = Field(description="It goes to a program on the same device.")
    scope: TokenScope = Field(description="The widest scope that may be allowed.")
    audience: Audience
    deny_url: str = Field(description="Where the browser goes if the user denies it.")
    problem: str | None = Field(description="Why it cannot be allowed: then there is no choice.")


class RedirectShape(Shape):
    redirect_to: str = Field(description="Where the browser goes.")


class UserCodeBody(Body):
    user_code: Annotated[str, Field(min_length=8, max_length=20)]


class DeviceDecision(UserCodeBody):
    decision: Literal["allow", "deny"]
    scope: TokenScope = Field(default=TokenScope.READ, description="The requested one, or less.")
    list_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_LISTS)] | None = Field(
        default=None, description="The only lists that it reaches; absent or null: all."
    )


class DeviceRequestShape(Shape):
    """A program that waits for the user's decision."""

    client_name: str
    is_built_in: bool
    address: str = Field(description="The network address from which the program asked.")
    is_your_address: bool = Field(description="It asked from the network of this request.")
    scope: TokenScope
    audience: Audience
    created_at: Instant
    expires_at: Instant


class ApplicationShape(Shape):
    """A connected application: a program that the user has let in."""

    id: str
    name: str = Field(description="As the program called itself.")
    returns_to: str = Field(description="The host to which its user went back; empty for a device.")
    scope: TokenScope
    list_ids: list[str] | None = Field(description="The only lists that it reaches; null: all.")
    audience: Audience
    created_at: Instant
    last_used_at: Instant | None = Field(description="Exact to about a minute. Null: never used.")
