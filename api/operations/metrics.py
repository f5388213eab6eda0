"""GET /metrics in the text format of Prometheus. The metrics are defined in shared/metrics.py."""

import asyncio
import hmac
import ipaddress
import logging
import math

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.http import problems
from api.http.dependencies import ClientAddress, OpenResources
from shared import metrics
from shared.contract.jobs import JOBS
from shared.database.errors import DatabaseError
from shared.errors import Forbidden, Unauthenticated
from shared.jobs.mail_status import MAIL_KINDS, read_mail_status
from shared.jobs.queue import read_queue_metrics
from shared.resources import Resources
from shared.webhooks.figures import STATES as WEBHOOK_STATES
from shared.webhooks.figures import read_webhook_figures

# Scrapers give up after ten seconds, and the counters are of use without the database too.
QUEUE_TIMEOUT_SECONDS = 3.0

log = logging.getLogger(__name__)
router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"example": "livelist_sockets 12.0\n"}}},
        **problems.problem_responses(401, 403),
    },
)
async def read_metrics(
    request: Request, resources: OpenResources, address: ClientAddress
) -> Response:
    """Report counters and gauges.

    Needs METRICS_TOKEN as bearer token. If it is not set, only this machine gets an answer.
    """
    token = resources.settings.metrics.token.get_secret_value()
    if token:
        _check_token(token, request.headers.get("authorization", ""))
    elif not _is_this_machine(request, address):
        raise Forbidden("Without METRICS_TOKEN, /metrics answers only to this machine.")
    metrics.count_tasks()
    await _update_queue_gauges(resources)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _update_queue_gauges(resources: Resources) -> None:
    """Set the gauges of the queue to its present state, or to NaN if it cannot be read."""
    metrics.jobs.clear()
    try:
        async with asyncio.timeout(QUEUE_TIMEOUT_SECONDS), resources.begin_read() as read:
            facts = await read_queue_metrics(read)
            mail = await read_mail_status(read)
            webhooks = await read_webhook_figures(read)
    except (DatabaseError, OSError, TimeoutError) as error:
        log.warning("the queue cannot be measured: %s", type(error).__name__)
        for gauge in (
            metrics.jobs_oldest_due_seconds,
            metrics.jobs_in_doubt,
            metrics.workers,
            metrics.mail_waiting_seconds,
            metrics.webhooks_waiting_seconds,
            *(metrics.webhooks.labels(state) for state in WEBHOOK_STATES),
            *(metrics.job_kind_paused.labels(kind) for kind in MAIL_KINDS),
        ):
            gauge.set(math.nan)
        return
    # Zero, not absent: an alert over a series that does not exist neither fires nor recovers.
    for kind in JOBS:
        for state in ("queued", "leased", "sending", "dead"):
            metrics.jobs.labels(kind, state).set(0)
    for (kind, state), count in facts.jobs.items():
        metrics.jobs.labels(kind, state).set(count)
    metrics.jobs_oldest_due_seconds.set(facts.oldest_due_seconds)
    metrics.jobs_in_doubt.set(facts.in_doubt_count)
    metrics.workers.set(facts.workers)
    metrics.webhooks_waiting_seconds.set(webhooks.waiting_seconds)
    for state in WEBHOOK_STATES:
        metrics.webhooks.labels(state).set(webhooks.counts.get(state, 0))
    metrics.mail_waiting_seconds.set(mail.waiting_seconds)
    paused = {each.kind for each in mail.paused}
    for kind in MAIL_KINDS:
        metrics.job_kind_paused.labels(kind).set(kind in paused)


def _check_token(token: str, authorization: str) -> None:
    scheme, _, given = authorization.partition(" ")
    # Bytes: compare_digest raises for text that is not ASCII.
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise Unauthenticated("Send METRICS_TOKEN as bearer token.")


def _is_this_machine(request: Request, address: str) -> bool:
    # A proxy on this machine connects from loopback; its clients are elsewhere.
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via")):
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
