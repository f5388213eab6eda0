"""Routes of administrators about jobs: how many wait, and dead letters."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, RecentlyAuthenticated
from api.http.problems import problem_responses
from api.routes.query_types import QueryInteger
from shared.administration import jobs
from shared.administration.jobs import DeadJobs
from shared.contract.administration import ChangedJobsShape, DeadJobPage, JobCountsShape
from shared.contract.base import Body, Id
from shared.contract.jobs import JOBS
from shared.ids import JobId
from shared.text import NotAcceptableError

router = APIRouter(prefix="/admin/jobs", tags=["administration"])


def _check_kind(text: str) -> str:
    if text not in JOBS:
        raise NotAcceptableError("is not a kind of job")
    return text


Kind = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_kind)]
# As many as a page of dead jobs has at most.
MAX_IDS = 100


class DeadJobsBody(Body):
    """Either some jobs by `ids`, or with `all` every dead job, of one `kind` if it is given."""

    ids: list[Id] = Field(default=[], max_length=MAX_IDS)
    all: Literal[True] | None = None
    kind: Kind | None = None

    @model_validator(mode="after")
    def check_selection(self) -> "DeadJobsBody":
        if bool(self.ids) == bool(self.all):
            raise NotAcceptableError("must have either ids or all")
        if self.ids and self.kind:
            raise NotAcceptableError("kind goes with all")
        return self

    def selection(self) -> DeadJobs:
        return DeadJobs(ids=tuple(map(JobId, self.ids)), kind=self.kind)


@router.get("/counts", responses=problem_responses(401, 403))
async def read_job_counts(actor: CurrentActor, resources: OpenResources) -> JobCountsShape:
    """Count the jobs that have not ended well, by kind and state, and say when the next is due."""
    async with resources.single_read() as read:
        return await jobs.read_job_counts(read, actor)


@router.get("/dead", responses=problem_responses(401, 403, 422))
async def read_dead_jobs(
    actor: CurrentActor,
    resources: OpenResources,
    kind: Annotated[Kind | None, Query(description="Only jobs of this kind.")] = None,
    before: Annotated[Id | None, Query(description="The `next_cursor` of the page before.")] = None,
    limit: Annotated[QueryInteger, Query(ge=1, le=MAX_IDS)] = 50,
) -> DeadJobPage:
    """List the jobs that were given up, newest first, with the reason."""
    async with resources.single_read() as read:
        return await jobs.read_dead_jobs(read, actor, kind=kind, before=before, limit=limit)


@router.post(
    "/dead/retry", responses=problem_responses(401, 403, 422), response_model=ChangedJobsShape
)
async def retry_dead_jobs(
    body: DeadJobsBody, actor: RecentlyAuthenticated, runner: Runner
) -> Response:
    """Queue dead jobs again, with all counters reset; at most 10,000 at once."""
    return await runner.run(lambda work: jobs.retry_jobs(work, actor, body.selection()))


@router.post(
    "/dead/discard", responses=problem_responses(401, 403, 422), response_model=ChangedJobsShape
)
async def discard_dead_jobs(
    body: DeadJobsBody, actor: RecentlyAuthenticated, runner: Runner
) -> Response:
    """Delete dead jobs for good; at most 10,000 at once."""
    return await runner.run(lambda work: jobs.discard_jobs(work, actor, body.selection()))
