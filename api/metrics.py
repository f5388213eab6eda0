"""GET /metrics, in Prometheus' text format. What is counted stands in shared/metrics.py."""

import hmac
import ipaddress

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api import problems
from api.dependencies import ClientAddress, OpenResources
from shared.errors import Forbidden, Unauthenticated

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"example": "livelist_sockets 12.0\n"}}},
        **problems.documented(401, 403),
    },
)
async def read_metrics(
    request: Request, resources: OpenResources, address: ClientAddress
) -> Response:
    """Counters and gauges, for METRICS_TOKEN as bearer; without one, for this machine alone."""
    token = resources.settings.metrics_token.get_secret_value()
    if token:
        _check_token(token, request.headers.get("authorization", ""))
    elif not _is_this_machine(request, address):
        raise Forbidden("Without METRICS_TOKEN, /metrics answers only to this machine.")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _check_token(token: str, authorization: str) -> None:
    scheme, _, given = authorization.partition(" ")
    # Bytes: text that is not ASCII would raise instead of differing.
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise Unauthenticated("Send METRICS_TOKEN as bearer token.")


def _is_this_machine(request: Request, address: str) -> bool:
    # A proxy on this machine is a neighbour too, but whoever stands behind it is not.
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via")):
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
