"""Routes of administrators about the state of the site, and whether mail is sent."""

from fastapi import APIRouter

from api.http.dependencies import CurrentActor, OpenResources
from api.http.problems import problem_responses
from api.operations.health import MailReport, mail_report
from shared.access import gate
from shared.access.policy import SiteAction
from shared.administration.site import read_site_state
from shared.contract.administration import SiteStateShape
from shared.jobs.mail_status import read_mail_status

router = APIRouter(prefix="/admin", tags=["administration"])


@router.get("/site", responses=problem_responses(401, 403))
async def read_state_of_site(actor: CurrentActor, resources: OpenResources) -> SiteStateShape:
    """Read how much there is, which processes run, the versions, and who may register."""
    return await read_site_state(resources, actor)


@router.get("/mail", responses=problem_responses(401, 403))
async def read_state_of_mail(actor: CurrentActor, resources: OpenResources) -> MailReport:
    """Read whether mail is sent, as `/health` says it. `POST /users/me/reminder-test` sends a test."""
    await gate.authorize_site(actor, SiteAction.READ_SITE)
    async with resources.begin_read() as read:
        return mail_report(await read_mail_status(read))
