"""Settings of webhooks."""

from pydantic import Field

from shared.settings.subject import SubjectSettings


class WebhookSettings(SubjectSettings):
    # A server that broke on Friday is repaired on Monday. Less than the week for which the log of events
    # is kept, so that a webhook that is enabled again has usually lost nothing.
    disable_days: int = Field(
        3,
        alias="WEBHOOK_DISABLE_DAYS",
        ge=1,
        le=6,
        description="After how many days of failures a webhook is disabled. 1 to 6.",
    )
    to_private_addresses: bool = Field(
        False,
        alias="WEBHOOKS_TO_PRIVATE_ADDRESSES",
        description="Whether webhooks may go to http and to this network, as to Home Assistant beside it.",
    )
