"""Other devices learn of every change of credentials that the settings show."""

import httpx

from shared.accounts.passkeys.commands import remove_passkey, rename_passkey
from shared.accounts.second_factors.recovery_codes import renew_codes
from shared.accounts.second_factors.totp import remove_totp
from shared.ids import PasskeyId, UserId
from shared.resources import Resources
from tests.support.authenticator import Authenticator
from tests.support.features.passkeys import PasskeyUser
from tests.support.features.second_factors import begin, finish, user_with_app
from tests.support.registration import Registrar


async def test_each_change_of_second_factors_and_passkeys_is_an_event(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    ana = await user_with_app(registrar)
    actor, settings = ana.tokens.actor, resources.settings
    seen = [await _count(registrar, actor.user_id)]

    async def note() -> None:
        seen.append(await _count(registrar, actor.user_id))

    user = PasskeyUser(client, ana.headers)
    passkey_id = PasskeyId((await user.add(Authenticator()))["id"])
    await note()
    async with resources.begin() as work:
        await rename_passkey(work, actor, passkey_id, "Work laptop")
    await note()
    code = ana.recovery_codes[0]
    answer = await finish(client, await begin(client), code, "recovery_code")
    assert answer.status_code == 200, answer.text
    await note()
    async with resources.begin() as work:
        await renew_codes(work, actor)
    await note()
    async with resources.begin() as work:
        await remove_totp(work, settings, actor)
    await note()
    async with resources.begin() as work:
        await remove_passkey(work, settings, actor, passkey_id)
    await note()

    assert seen == [1, 2, 3, 4, 5, 6, 7]


async def _count(registrar: Registrar, user_id: UserId) -> int:
    return len(await registrar.events(user_id, "credentials.changed"))
