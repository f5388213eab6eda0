"""Path prefixes that decide whether a request is for the API, an operation or the web client."""

API = "/api/v1"
# Of calendar apps (api/caldav/).
CALDAV = "/caldav"
# Of assistants (api/mcp/).
MCP = "/mcp"
# Followed by the secret of a calendar feed, which no log holds.
FEEDS = f"{API}/calendar-feeds/"

# No path under these prefixes is a page of the web client: a wrong one is answered with a problem.
RESERVED_PREFIXES = (
    "/api", "/ws", "/health", "/metrics", "/docs", "/redoc", "/openapi.json", "/dev", "/web", "/assets",
    CALDAV, "/.well-known/caldav", "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource", "/.well-known/openid-configuration", MCP,
)  # fmt: skip

# The files of the web client, with the hash of their content in their address.
ASSETS = "/assets/"

# Files, of which one page loads several.
STATIC_PREFIXES = ("/assets/", "/web/", "/docs/", "/redoc/", "/service_worker.js")

# Requested every few seconds by monitoring, which may know this server by any name.
PROBES = frozenset({"/health", "/health/live", "/health/ready"})


def is_under(path: str, folder: str) -> bool:
    """Return True if `path` is `folder` or is in it."""
    return path == folder or path.startswith(f"{folder}/")
