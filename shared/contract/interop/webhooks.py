"""Shapes of webhooks and of what they delivered. docs/webhooks.md."""

from typing import Literal

from pydantic import Field

from shared.contract.base import Instant, Shape

DisabledReason = Literal["", "user", "gone", "failing", "crashed", "secret"]
DeliveryKind = Literal["event", "gap", "test", "replay"]
DeliveryState = Literal["pending", "delivered", "failed"]


class WebhookShape(Shape):
    """A webhook, of one list or of an account, without its secret."""

    id: str
    list_id: str | None = Field(
        description="Null: it sends the events of all lists of the account."
    )
    user_id: str = Field(description="Who made it.")
    name: str
    url: str | None = Field(description="Null for owners of the list who did not make it.")
    host: str
    events: list[str] = Field(description="Names of events; empty: all.")
    created_at: Instant
    disabled_at: Instant | None
    disabled_reason: DisabledReason = Field(
        description="`user`; `gone`: the receiver answered 410; `failing`: for days; `secret`: the server "
        "cannot read it any more, replace it; `crashed`: our worker, each time."
    )
    failures: int = Field(description="Failed attempts since the last success.")
    failing_since: Instant | None
    retry_at: Instant | None = Field(description="When the next attempt is due, while it fails.")
    last_error: str
    last_delivered_at: Instant | None


class NewWebhookShape(WebhookShape):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="Signs the requests: `whsec_` and base64.")


class WebhookDeliveryShape(Shape):
    """A message to a webhook, with its last attempt."""

    id: str = Field(description="Sorts by time: a greater id was sent first later.")
    kind: DeliveryKind
    list_id: str | None
    epoch: str | None
    seq: int | None
    event: str
    message_id: str = Field(description="The header `webhook-id`.")
    state: DeliveryState
    attempts: int
    response_status: int | None
    duration_ms: int | None
    error: str
    response: str = Field(description="The first 500 bytes of the answer.")
    created_at: Instant
    attempted_at: Instant | None
