"""Write exports, and compose the mail when one is done.

The last step, the end of the job and the job of the mail are one transaction. So a worker that dies at any
moment leaves an export that the next one completes, and one mail.
"""

from sqlalchemy import select

from shared.accounts.personal_data import export_steps, exports
from shared.contract.jobs import ExportData, SendExportReady
from shared.errors import NotFound, TooLarge
from shared.ids import ExportId
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Obsolete, Permanent, Transient
from shared.tables.accounts import UserRow
from shared.tables.personal_data import DataExportRow
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import JobContext, Outcome
from worker.jobs.saving import save_with_retries
from worker.mail.renderer import EmailMessage, EmailRenderer
from worker.text_format import format_instant


async def export_data(context: JobContext, claim: Claim, job: ExportData) -> None:
    """Write the rest of the export, and end the job. Raise a Failure."""
    export_id = ExportId(job.export_id)
    try:
        while await export_steps.write_step(context.resources, export_id):
            pass
    except NotFound:
        raise Obsolete("the export or its account is deleted, or it is finished") from None
    except TooLarge:
        raise Permanent("the data are larger than DATA_EXPORT_MAX_MEBIBYTES") from None
    except export_steps.StepTaken:
        raise Transient("another worker writes the export") from None

    async def done(work: UnitOfWork) -> None:
        await exports.finish_export(work, export_id)
        await claims.finish(work, claim, "done")

    await save_with_retries(context.resources, done)


async def record_outcome(work: UnitOfWork, job: ExportData, outcome: Outcome) -> None:
    """Mark the export as failed once its job is given up."""
    if outcome.state != "retrying":
        await exports.fail_export(work, ExportId(job.export_id))


async def compose_ready(
    work: UnitOfWork, renderer: EmailRenderer, job: SendExportReady
) -> EmailMessage:
    """Return the mail that says where to download an export. It has no secret: the page signs in."""
    rows = await work.connection.execute(
        select(
            UserRow.name,
            UserRow.email,
            UserRow.status,
            UserRow.time_zone,
            UserRow.language,
            UserRow.locale,
            DataExportRow.expires_at,
        )
        .join(DataExportRow, DataExportRow.user_id == UserRow.id)
        .where(DataExportRow.id == job.export_id, DataExportRow.state == "done")
    )
    row = rows.one_or_none()
    if row is None or row.status != "active" or row.expires_at <= work.now:
        raise Obsolete("the export is deleted, or its account is not active")
    renderer = renderer.speaking(row)
    return renderer.render(
        "data_export",
        row.email,
        renderer.t("Your data are ready"),
        name=row.name,
        link=f"{renderer.site_url}/settings",
        until=format_instant(row.expires_at, row.time_zone, renderer.t),
    )
