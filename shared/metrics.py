"""What is counted, in Prometheus' terms; shown by /metrics. Documented in docs/operations.md."""

import asyncio

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# When a counter began is told by the process' start; a second line for each says nothing more.
disable_created_metrics()  # type: ignore[no-untyped-call]

publish_failures = Counter(
    "livelist_publish_failures_total", "Commits whose ring did not reach the broker."
)
http_requests = Counter(
    "livelist_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
http_seconds = Histogram(
    "livelist_http_seconds", "Time to the whole answer, in seconds.", ["method", "route"]
)
sockets = Gauge("livelist_sockets", "Open sockets of this process.")
tasks = Gauge("livelist_tasks", "Tasks of this process' event loop.")
replica_reads = Counter(
    "livelist_replica_reads_total",
    "Streams whose missed events were wanted of the replica.",
    ["found"],
)
hub_streams = Gauge("livelist_hub_streams", "Streams that sockets of this process listen to.")
frames_sent = Counter("livelist_frames_sent_total", "Frames written to sockets.")
hub_gaps = Counter("livelist_hub_gaps_total", "Times the hub filled a gap from the database.")
socket_closes = Counter("livelist_socket_closes_total", "Sockets closed by us.", ["code"])
presences = Gauge("livelist_presences", "Lists in which sockets of this process say presence.")
presence_failures = Counter(
    "livelist_presence_failures_total", "Times presence was not exchanged with the broker."
)
editing_dropped = Counter(
    "livelist_editing_dropped_total", "Editing signals that were not told on.", ["why"]
)
jobs = Gauge("livelist_jobs", "Rows of the jobs table, read when asked.", ["kind", "state"])
jobs_oldest_due_seconds = Gauge(
    "livelist_jobs_oldest_due_seconds", "How long the job that waits longest is overdue."
)
jobs_unsure = Gauge(
    "livelist_jobs_unsure", "Hand-overs that were not noted: mail sent twice or not at all."
)
workers = Gauge("livelist_workers", "Workers that were seen within 35 s.")
sweep_failures = Counter(
    "livelist_sweep_failures_total", "Steps of a sweep that failed, by step.", ["step"]
)
reminders_set_aside = Counter(
    "livelist_reminders_set_aside_total", "Times a reminder could not be fired; tried again later."
)
jobs_finished = Counter("livelist_jobs_finished_total", "Jobs finished.", ["kind", "state"])
mail_sent = Counter("livelist_mail_sent_total", "Mail handed over.", ["kind"])
mail_failed = Counter("livelist_mail_failed_total", "Mail not handed over.", ["kind", "why"])
mail_suppressed = Counter(
    "livelist_mail_suppressed_total", "Mail not tried: its address refuses mail.", ["kind"]
)
addresses_refused = Counter(
    "livelist_addresses_refused_total", "Accounts to whose address mail is not tried any more."
)
pushes = Counter(
    "livelist_pushes_total", "Pushes to browsers, by what became of them.", ["outcome"]
)
mail_ambiguous = Counter(
    "livelist_mail_ambiguous_total", "Mail that may have been sent already.", ["kind"]
)
jobs_retried = Counter("livelist_jobs_retried_total", "Attempts that failed for now.", ["kind"])
jobs_abandoned = Counter(
    "livelist_jobs_abandoned_total", "Jobs whose worker died or stood still.", ["kind"]
)
jobs_fenced_off = Counter(
    "livelist_jobs_fenced_off_total", "Jobs that this worker lost to another one.", ["kind"]
)
kind_paused = Gauge(
    "livelist_job_kind_paused", "1 while a setting must be mended before this kind works.", ["kind"]
)


def count_tasks() -> None:
    """`livelist_tasks` is the number of tasks of the running loop, from now on."""
    loop = asyncio.get_running_loop()
    tasks.set_function(lambda: len(asyncio.all_tasks(loop)))
