"""All database tables, one module a feature: columns and constraints, no queries and no behaviour.

Tables are a layer of their own, below the gate, which reads `lists` and `members` to authorize; and
no feature has to import another feature for its table.
"""

from shared.database.column_types import Base
from shared.tables import (
    accounts,
    comments,
    idempotency,
    jobs,
    known_devices,
    labels,
    lists,
    mail_kinds,
    members,
    nodes,
    notifications,
    passkeys,
    personal_data,
    providers,
    reminders,
    second_factors,
    share_links,
    streams,
    todos,
)
from shared.tables.details import attachments
from shared.tables.interop import (
    calendar_feeds,
    calendar_objects,
    calendar_preferences,
    import_chunks,
    imported_lists,
    imported_todos,
    imports,
    inbound_addresses,
    inbound_messages,
    oauth,
    webhook_cursors,
    webhook_deliveries,
    webhooks,
)

metadata = Base.metadata

__all__ = [
    "accounts",
    "attachments",
    "calendar_feeds",
    "calendar_objects",
    "calendar_preferences",
    "comments",
    "idempotency",
    "import_chunks",
    "imported_lists",
    "imported_todos",
    "imports",
    "inbound_addresses",
    "inbound_messages",
    "jobs",
    "known_devices",
    "labels",
    "lists",
    "mail_kinds",
    "members",
    "metadata",
    "nodes",
    "notifications",
    "oauth",
    "passkeys",
    "personal_data",
    "providers",
    "reminders",
    "second_factors",
    "share_links",
    "streams",
    "todos",
    "webhook_cursors",
    "webhook_deliveries",
    "webhooks",
]
