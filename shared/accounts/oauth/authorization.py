"""The user's decision on an authorization request, and the code that a program gets of it."""

from datetime import timedelta

from sqlalchemy import insert

from shared.accounts.oauth.grants import Requested, allow, widest_scope
from shared.accounts.oauth.redirect_uris import host_of, is_on_this_device
from shared.accounts.oauth.requests import CheckedRequest, check_request
from shared.accounts.oauth.secrets import hash_secret, new_code
from shared.actor import Actor
from shared.contract.interop.oauth import (
    Allowing,
    AuthorizationRequest,
    AuthorizationRequestShape,
)
from shared.errors import Invalid
from shared.languages.texts import message
from shared.tables.interop.oauth import OAuthCodeRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

# The browser is sent on at once, and the program answers at once.
CODE_LIFETIME = timedelta(seconds=60)


async def read_request(
    read: ReadTransaction, public_url: str, actor: Actor, asked: AuthorizationRequest
) -> AuthorizationRequestShape:
    """Return what the user is asked. Raise Invalid for a client or redirect URI that is not known."""
    checked = await check_request(read, public_url, asked)
    return AuthorizationRequestShape(
        client_name=checked.client.name,
        is_built_in=checked.client.is_built_in,
        returns_to=host_of(checked.redirect_uri),
        is_on_this_device=is_on_this_device(checked.redirect_uri),
        scope=widest_scope(actor, checked.scope),
        audience=checked.audience,
        deny_url=checked.refusal(public_url),
        problem=checked.error.description if checked.error else None,
    )


async def allow_request(work: UnitOfWork, public_url: str, actor: Actor, allowing: Allowing) -> str:
    """Allow what the user chose. Return the address to which the browser goes, with the code in it.

    Raise what `read_request` and `allow` raise, and Invalid for a request that is wrong.
    """
    checked = await check_request(work, public_url, allowing.request)
    if checked.error is not None:
        raise Invalid(
            message(
                "This request cannot be allowed. {description}",
                description=checked.error.description,
            )
        )
    expires_at = work.now + CODE_LIFETIME
    grant_id = await allow(work, actor, _requested(checked), allowing, expires_at)
    code = new_code()
    await work.connection.execute(
        insert(OAuthCodeRow).values(
            hash=hash_secret(code),
            grant_id=grant_id,
            redirect_uri=checked.redirect_uri,
            challenge=checked.challenge,
            expires_at=expires_at,
        )
    )
    return checked.answer(public_url, {"code": code})


def _requested(checked: CheckedRequest) -> Requested:
    return Requested(checked.client, checked.scope, checked.audience, host_of(checked.redirect_uri))
