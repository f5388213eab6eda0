"""The Prometheus metrics that /metrics shows. docs/operations.md documents each."""

import asyncio

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from shared.version import VERSION

# Every counter begins with the process: a second line with its creation time adds nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]

build_info = Gauge("livelist_build_info", "Always 1; the labels say what runs.", ["version"])
build_info.labels(VERSION).set(1)
publish_failures = Counter(
    "livelist_publish_failures_total", "Events whose messages did not reach the broker."
)
http_requests = Counter(
    "livelist_http_requests_total", "Answered requests.", ["method", "route", "status"]
)
http_seconds = Histogram(
    "livelist_http_seconds", "Time until the answer was complete, in seconds.", ["method", "route"]
)
sockets = Gauge("livelist_sockets", "Open sockets of this process.")
tasks = Gauge("livelist_tasks", "Tasks of this process' event loop.")
replica_reads = Counter(
    "livelist_replica_reads_total",
    "Streams whose missed events were requested from the replica.",
    ["result"],
)
hub_streams = Gauge("livelist_hub_streams", "Streams that sockets of this process follow.")
frames_sent = Counter("livelist_frames_sent_total", "Frames written to sockets.")
hub_gaps = Counter(
    "livelist_hub_gaps_total", "Times the hub read the events of a gap from the database."
)
socket_closes = Counter("livelist_socket_closes_total", "Sockets closed by the server.", ["code"])
presences = Gauge("livelist_presences", "Lists in which sockets of this process are present.")
presence_failures = Counter(
    "livelist_presence_failures_total", "Failed exchanges of presence with the broker."
)
editing_dropped = Counter(
    "livelist_editing_dropped_total", "Editing frames that were not forwarded.", ["reason"]
)
jobs = Gauge("livelist_jobs", "Rows of the jobs table, read for each scrape.", ["kind", "state"])
jobs_oldest_due_seconds = Gauge(
    "livelist_jobs_oldest_due_seconds", "How long the oldest due job is overdue, in seconds."
)
jobs_in_doubt = Gauge(
    "livelist_jobs_in_doubt", "Deliveries with an unknown outcome: sent twice, or not at all."
)
workers = Gauge("livelist_workers", "Workers that were alive within 35 s.")
sweep_failures = Counter("livelist_sweep_failures_total", "Failed steps of sweeps.", ["step"])
reminders_deferred = Counter(
    "livelist_reminders_deferred_total", "Times a reminder could not be fired and was deferred."
)
jobs_finished = Counter("livelist_jobs_finished_total", "Finished jobs.", ["kind", "state"])
mail_sent = Counter("livelist_mail_sent_total", "Mails that the mail server accepted.", ["kind"])
mail_failed = Counter(
    "livelist_mail_failed_total", "Failed attempts to send a mail.", ["kind", "reason"]
)
mail_suppressed = Counter(
    "livelist_mail_suppressed_total",
    "Mails not sent because their address is on the suppression list.",
    ["kind"],
)
addresses_suppressed = Counter(
    "livelist_addresses_suppressed_total", "Addresses put on the suppression list."
)
pushes = Counter("livelist_pushes_total", "Pushes to browsers, by outcome.", ["outcome"])
mail_in_doubt = Counter(
    "livelist_mail_in_doubt_total", "Mails that may have been sent already.", ["kind"]
)
jobs_retried = Counter("livelist_jobs_retried_total", "Attempts that failed temporarily.", ["kind"])
jobs_abandoned = Counter(
    "livelist_jobs_abandoned_total", "Jobs recovered from a dead or stopped worker.", ["kind"]
)
jobs_lease_lost = Counter(
    "livelist_jobs_lease_lost_total", "Jobs whose lease this worker lost.", ["kind"]
)
job_kind_paused = Gauge(
    "livelist_job_kind_paused", "1 while this kind waits for a setting to be corrected.", ["kind"]
)


def count_tasks() -> None:
    """Let `livelist_tasks` show the number of tasks of the running event loop."""
    loop = asyncio.get_running_loop()
    tasks.set_function(lambda: len(asyncio.all_tasks(loop)))
