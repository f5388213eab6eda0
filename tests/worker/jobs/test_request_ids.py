"""The worker's log lines about a job carry the id of the request that caused it."""

import logging

from sqlalchemy import insert

from shared.ids import new_id
from shared.logs import request_id
from shared.resources import Resources
from shared.tables.jobs import JobRow
from tests.support.worker.worker_harness import WorkerHarness


class Recorder(logging.Handler):
    """Keeps the request id in whose context each line is written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((request_id.get(), record.getMessage()))


async def test_the_log_lines_of_a_job_have_the_id_of_its_request(
    resources: Resources, worker: WorkerHarness
) -> None:
    traces = ("trace-1", "trace-2")
    async with resources.begin() as work:
        for trace in traces:
            # A kind that this worker does not know is logged.
            values = {"kind": "send_postcard", "payload": {}, "request_id": trace}
            now = {"run_at": work.now, "fair_run_at": work.now, "created_at": work.now}
            await work.connection.execute(insert(JobRow).values(id=new_id(), **values, **now))
    recorder, logger = Recorder(), logging.getLogger("worker.jobs.runner")
    logger.addHandler(recorder)

    try:
        await worker.run_once()
    finally:
        logger.removeHandler(recorder)

    assert sorted(trace for trace, text in recorder.lines if "parked" in text) == list(traces)
