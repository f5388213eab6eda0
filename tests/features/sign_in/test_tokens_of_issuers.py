"""A JWT of a trusted issuer, which may be a provider too, does not get around a second factor."""

import asyncio
import json

import pytest
from sqlalchemy import select, update

from realtime.authentication import Authentication, Credentials
from shared.accounts.external_identities import Identity, insert_identity
from shared.clock import monotonic
from shared.errors import Forbidden
from shared.ids import SessionId
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.accounts import ExternalIdentityRow, UserRow
from tests.support.api_server import client_of, running_app
from tests.support.features.second_factors import V1, AppUser, outcome, user_with_app
from tests.support.registration import Registrar
from tests.support.services.issuer import Issuer
from tests.support.settings import changed_settings

CODE = "second_factor_not_proved"


async def test_an_account_with_a_second_factor_is_not_reached_by_a_token_of_an_issuer(
    settings: Settings, resources: Resources, registrar: Registrar
) -> None:
    async with Issuer() as issuer:
        token = issuer.token()
        bearer = {"Authorization": f"Bearer {token}"}
        user = await user_with_app(registrar)
        identity_id = await _link(resources, user, issuer)
        changed = changed_settings(settings, trusted_issuers=json.dumps([issuer.setting()]))
        async with running_app(changed) as app, client_of(app) as client:
            authentication = Authentication(app.state.resources, asyncio.Semaphore(4))
            refused = await client.get(f"{V1}/users/me", headers=bearer)
            with pytest.raises(Forbidden) as at_hello:
                await authentication.check_token(token)
            # A socket that was opened before the factor was set up.
            credentials = Credentials(
                user.tokens.actor.user_id, identity_id, monotonic() + 60, is_external=True
            )
            with pytest.raises(Forbidden) as of_session:
                await authentication.read_session(credentials)
            async with resources.begin() as work:
                await work.connection.execute(update(UserRow).values(has_second_factor=False))
            accepted = await client.get(f"{V1}/users/me", headers=bearer)

    assert outcome(refused) == (403, CODE)
    assert {at_hello.value.reason, of_session.value.reason} == {CODE}
    assert outcome(accepted) == (200, "")


async def _link(resources: Resources, user: AppUser, issuer: Issuer) -> SessionId:
    """Link the issuer's subject to the user, and return the id of the identity."""
    async with resources.begin() as work:
        identity = Identity(issuer.url, "subject-1")
        await insert_identity(work, identity, user.tokens.actor.user_id)
        found = await work.connection.scalar(select(ExternalIdentityRow.id))
    return SessionId(found or "")
