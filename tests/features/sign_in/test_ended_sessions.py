"""A request whose session ends while it waits for the lock of the account changes nothing about it.

Whoever resets a password shuts others out. A stranger's request that was authenticated before and commits
after it would leave a credential behind.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pyotp
import pytest

from shared.accounts.api_tokens import ApiTokenRequest, create_api_token, revoke_api_token
from shared.accounts.authentication.sessions import revoke_other_sessions, revoke_session
from shared.accounts.authentication.step_up import step_up
from shared.accounts.email_change import change_email
from shared.accounts.external_identities import Identity
from shared.accounts.oauth.grants import disconnect_application
from shared.accounts.passkeys.commands import add_passkey, begin_registration, remove_passkey
from shared.accounts.passkeys.verification import Attestation
from shared.accounts.personal_data.deletion import request_deletion
from shared.accounts.personal_data.exports import request_export
from shared.accounts.provider_sign_in.linking import link_identity, unlink_identity
from shared.accounts.second_factors.recovery_codes import renew_codes
from shared.accounts.second_factors.totp import begin_totp, confirm_totp, remove_totp
from shared.actor import Actor
from shared.calendar_feeds.commands import FeedRequest, create_feed
from shared.contract.api_tokens import TokenScope
from shared.contract.calendar_feeds import FeedContent
from shared.contract.passkeys import NewPasskeyBody
from shared.contract.sign_in import Method, TotpProof
from shared.errors import Unauthenticated
from shared.ids import ApiTokenId, GrantId, PasskeyId, SessionId
from shared.resources import Resources
from shared.settings import Settings
from shared.webhooks.commands import NewWebhook, create_webhook
from tests.support.authenticator import Authenticator
from tests.support.features.second_factors import AppUser, user_with_app
from tests.support.oauth_routes import insert_application
from tests.support.realtime.databases import SQLITE_ONLY
from tests.support.registration import Registrar
from tests.support.settings import changed_settings
from tests.support.world_builder import World

IDENTITY = Identity("https://id.example.org", "subject-1")


@dataclass
class Scene:
    """A user with an app, and what was made ready before the session ended."""

    resources: Resources
    world: World
    user: AppUser
    pending_secret: str
    attestation: NewPasskeyBody

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    @property
    def actor(self) -> Actor:
        return self.user.tokens.actor

    async def create_token(self) -> None:
        wanted = ApiTokenRequest("Script", TokenScope.READ)
        await self.world.run(create_api_token, self.actor, wanted)

    async def revoke_token(self) -> None:
        await self.world.run(revoke_api_token, self.actor, ApiTokenId("x"))

    async def change_address(self) -> None:
        await self.world.run(change_email, self.settings, self.actor, "new@example.com")

    async def begin_passkey(self) -> None:
        await self.world.run(begin_registration, self.settings, self.actor)

    async def add_passkey(self) -> None:
        sent = Attestation.of(self.attestation)
        await add_passkey(self.resources, self.actor, "Laptop", [], sent)

    async def remove_passkey(self) -> None:
        await self.world.run(remove_passkey, self.settings, self.actor, PasskeyId("x"))

    async def begin_app(self) -> None:
        await self.world.run(begin_totp, self.settings, self.actor)

    async def confirm_app(self) -> None:
        code = pyotp.TOTP(self.pending_secret).at(self.resources.clock.now())
        await self.world.run(confirm_totp, self.settings, self.actor, code)

    async def remove_app(self) -> None:
        await self.world.run(remove_totp, self.settings, self.actor)

    async def renew_recovery_codes(self) -> None:
        await self.world.run(renew_codes, self.actor)

    async def link_provider(self) -> None:
        provider = {
            "id": "corp", "issuer": IDENTITY.issuer, "client_id": "x", "client_secret": "x" * 20,
        }  # fmt: skip
        settings = changed_settings(self.settings, oidc_providers=json.dumps([provider]))
        found = settings.providers.find("corp")
        assert found is not None
        await self.world.run(link_identity, found, IDENTITY, self.actor)

    async def unlink_provider(self) -> None:
        await self.world.run(unlink_identity, self.settings, self.actor, "x")

    async def export(self) -> None:
        await self.world.run(request_export, self.actor)

    async def delete_account(self) -> None:
        await self.world.run(request_deletion, self.actor, 7)

    async def connect_application(self) -> None:
        await insert_application(self.world, self.actor)

    async def disconnect_application(self) -> None:
        await self.world.run(disconnect_application, self.actor, GrantId("x"))

    async def create_calendar_feed(self) -> None:
        wanted = FeedRequest("Phone", None, FeedContent.EVENTS, include_completed=False)
        await self.world.run(create_feed, self.actor, wanted)

    async def create_webhook(self) -> None:
        new = NewWebhook("Script", "https://hook.example.org/", ("todo.created",))
        await self.world.run(create_webhook, self.actor, None, new, [b"x" * 32])

    async def step_up(self) -> None:
        proof = TotpProof(method=Method.TOTP, code=self.user.code())
        await step_up(self.resources, self.actor, proof)

    async def end_a_session(self) -> None:
        await self.world.run(revoke_session, self.actor, SessionId("x"))

    async def end_other_sessions(self) -> None:
        await self.world.run(revoke_other_sessions, self.actor)


Command = Callable[[Scene], Awaitable[None]]
COMMANDS: list[Command] = [
    command for name, command in vars(Scene).items() if not name.startswith("_")
    and callable(command)
]  # fmt: skip


@SQLITE_ONLY
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
async def test_a_session_that_ended_meanwhile_changes_nothing(
    resources: Resources, world: World, registrar: Registrar, command: Command
) -> None:
    user = await user_with_app(registrar)
    actor, settings = user.tokens.actor, resources.settings
    pending = (await world.run(begin_totp, settings, actor)).secret
    options = await world.run(begin_registration, settings, actor)
    made = Authenticator().create(options.model_dump(mode="json"))
    attestation = NewPasskeyBody.model_validate(made)
    scene = Scene(resources, world, user, pending, attestation)
    # Authenticated; and now the owner signs all others out.
    await world.run(revoke_other_sessions, await world.another_session(actor))

    with pytest.raises(Unauthenticated):
        await command(scene)
