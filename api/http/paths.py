"""Where things live on this server, for whoever must tell one part of it from another."""

API = "/api/v1"

# Under these nothing is a page of the web client: a wrong address is answered as a problem.
RESERVED = (
    "/api", "/ws", "/health", "/metrics", "/docs", "/openapi.json", "/dev", "/web",
)  # fmt: skip

# Asked every few seconds by machines, under whatever name they know us.
PROBES = frozenset({"/health", "/health/live", "/health/ready"})


def is_under(path: str, folder: str) -> bool:
    """Tells whether `path` is `folder` or lies in it."""
    return path == folder or path.startswith(f"{folder}/")
