"""The Prometheus metrics that /metrics shows. docs/operations.md documents each.

A process exports the metrics that it sets. A gauge that nobody sets is 0, which looks like a measured
value: a worker showed no workers, and no delay of the oldest job.
"""

import asyncio
from typing import Literal

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from shared.version import VERSION

# Every counter begins with the process: a second line with its creation time adds nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]

_API = CollectorRegistry()
_WORKER = CollectorRegistry()
_exported: set[str] = set()

# Without a registry of their own: both processes set them.
build_info = Gauge("livelist_build_info", "Always 1; the labels say what runs.", ["version"])
build_info.labels(VERSION).set(1)
publish_failures = Counter(
    "livelist_publish_failures_total", "Events whose messages did not reach the broker."
)
http_requests = Counter(
    "livelist_http_requests_total",
    "Answered requests.",
    ["method", "route", "status"],
    registry=_API,
)
http_seconds = Histogram(
    "livelist_http_seconds",
    "Time until the answer was complete, in seconds.",
    ["method", "route"],
    registry=_API,
)
mcp_calls = Counter(
    "livelist_mcp_calls_total", "Calls of tools at /mcp.", ["tool", "outcome"], registry=_API
)
sockets = Gauge("livelist_sockets", "Open sockets of this process.", registry=_API)
tasks = Gauge("livelist_tasks", "Tasks of this process' event loop.")
replica_reads = Counter(
    "livelist_replica_reads_total",
    "Streams whose missed events were requested from the replica.",
    ["result"],
    registry=_API,
)
hub_streams = Gauge(
    "livelist_hub_streams", "Streams that sockets of this process follow.", registry=_API
)
frames_sent = Counter("livelist_frames_sent_total", "Frames written to sockets.", registry=_API)
hub_gaps = Counter(
    "livelist_hub_gaps_total",
    "Times the hub read the events of a gap from the database.",
    registry=_API,
)
socket_closes = Counter(
    "livelist_socket_closes_total", "Sockets closed by the server.", ["code"], registry=_API
)
presences = Gauge(
    "livelist_presences", "Lists in which sockets of this process are present.", registry=_API
)
presence_failures = Counter(
    "livelist_presence_failures_total",
    "Failed exchanges of presence with the broker.",
    registry=_API,
)
editing_dropped = Counter(
    "livelist_editing_dropped_total",
    "Editing frames that were not forwarded.",
    ["reason"],
    registry=_API,
)
jobs = Gauge(
    "livelist_jobs",
    "Rows of the jobs table, read for each scrape.",
    ["kind", "state"],
    registry=_API,
)
jobs_oldest_due_seconds = Gauge(
    "livelist_jobs_oldest_due_seconds",
    "How long the oldest due job is overdue, in seconds.",
    registry=_API,
)
jobs_in_doubt = Gauge(
    "livelist_jobs_in_doubt",
    "Deliveries with an unknown outcome: sent twice, or not at all.",
    registry=_API,
)
workers = Gauge("livelist_workers", "Workers that were alive within 35 s.", registry=_API)
sweep_failures = Counter(
    "livelist_sweep_failures_total", "Failed steps of sweeps.", ["step"], registry=_WORKER
)
reminders_deferred = Counter(
    "livelist_reminders_deferred_total",
    "Times a reminder could not be fired and was deferred.",
    registry=_WORKER,
)
jobs_finished = Counter(
    "livelist_jobs_finished_total", "Finished jobs.", ["kind", "state"], registry=_WORKER
)
mail_sent = Counter(
    "livelist_mail_sent_total", "Mails that the mail server accepted.", ["kind"], registry=_WORKER
)
mail_failed = Counter(
    "livelist_mail_failed_total",
    "Failed attempts to send a mail.",
    ["kind", "reason"],
    registry=_WORKER,
)
mail_suppressed = Counter(
    "livelist_mail_suppressed_total",
    "Mails not sent because their address is on the suppression list.",
    ["kind"],
    registry=_WORKER,
)
addresses_suppressed = Counter(
    "livelist_addresses_suppressed_total",
    "Addresses put on the suppression list.",
    registry=_WORKER,
)
mails_received = Counter(
    "livelist_mails_received_total",
    "Mails that came in: stored, duplicate, refused or deferred; then done or failed.",
    ["outcome"],
    registry=_WORKER,
)
pushes = Counter(
    "livelist_pushes_total", "Pushes to browsers, by outcome.", ["outcome"], registry=_WORKER
)
webhook_deliveries = Counter(
    "livelist_webhook_deliveries_total",
    "Requests of webhooks, by outcome: delivered or failed.",
    ["outcome"],
    registry=_WORKER,
)
webhooks_disabled = Counter(
    "livelist_webhooks_disabled_total",
    "Webhooks that were disabled because of their receiver.",
    ["reason"],
    registry=_WORKER,
)
webhooks = Gauge(
    "livelist_webhooks", "Webhooks: enabled, failing or disabled.", ["state"], registry=_API
)
webhooks_waiting_seconds = Gauge(
    "livelist_webhooks_waiting_seconds",
    "How long the oldest event has been waiting for a webhook that does not fail, in seconds.",
    registry=_API,
)
mail_in_doubt = Counter(
    "livelist_mail_in_doubt_total",
    "Mails that may have been sent already.",
    ["kind"],
    registry=_WORKER,
)
jobs_retried = Counter(
    "livelist_jobs_retried_total", "Attempts that failed temporarily.", ["kind"], registry=_WORKER
)
jobs_abandoned = Counter(
    "livelist_jobs_abandoned_total",
    "Jobs recovered from a dead or stopped worker.",
    ["kind"],
    registry=_WORKER,
)
jobs_lease_lost = Counter(
    "livelist_jobs_lease_lost_total",
    "Jobs whose lease this worker lost.",
    ["kind"],
    registry=_WORKER,
)
job_kind_paused = Gauge(
    "livelist_job_kind_paused",
    "1 while this kind of mail waits for a setting to be corrected.",
    ["kind"],
    registry=_API,
)


mail_waiting_seconds = Gauge(
    "livelist_mail_waiting_seconds",
    "How long mail has been waiting for the mail server, in seconds; 0 while mail works.",
    registry=_API,
)


def export(process: Literal["api", "worker"]) -> None:
    """Show the metrics of an API process, or of a worker, at /metrics of this process."""
    if process not in _exported:
        _exported.add(process)
        REGISTRY.register(_API if process == "api" else _WORKER)


def count_tasks() -> None:
    """Let `livelist_tasks` show the number of tasks of the running event loop."""
    loop = asyncio.get_running_loop()
    tasks.set_function(lambda: len(asyncio.all_tasks(loop)))
