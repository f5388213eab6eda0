"""Routes of /auth with which a user proves again who they are. They take no Idempotency-Key."""

from fastapi import APIRouter, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from shared.accounts.authentication import step_up
from shared.contract.sign_in import Proof

router = APIRouter(tags=["auth"])


@router.post("/auth/step-up", status_code=204, responses=problem_responses(401, 403, 422, 429, 503))
async def confirm_identity(
    body: Proof, actor: CurrentActor, resources: OpenResources, limits: Limits
) -> Response:
    """Prove again who you are. For 15 minutes this session may then change credentials."""
    attempts = (rate_limits.PASSWORD_CONFIRMATION, *rate_limits.OF_METHODS.get(body.method, ()))
    await limits.take(*attempts, account=actor.user_id)
    await step_up.step_up(resources, actor, body)
    await limits.refund(*attempts, account=actor.user_id)
    return Response(status_code=204)
