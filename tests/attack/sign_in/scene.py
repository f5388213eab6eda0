"""What the families share: accounts that sign in, the sites that are attacked, and how one case is judged."""

import asyncio
import hashlib
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select, update

from shared import tables
from shared.accounts.authentication.step_up import RECENT
from shared.actor import Actor
from shared.resources import Resources
from shared.tables.accounts import SessionRow
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.authenticator import Authenticator
from tests.support.features.passkeys import PasskeyUser
from tests.support.features.second_factors import AppUser, begin, outcome, user_with_app
from tests.support.registration import PASSWORD, Registrar
from tests.support.services.provider import SigningProvider

V1 = "/api/v1"

Outcome = tuple[int, str]
UNAUTHENTICATED: Outcome = (401, "unauthenticated")
BAD_CREDENTIALS: Outcome = (401, "bad_credentials")
CHALLENGE_INVALID: Outcome = (401, "challenge_invalid")
SESSION_REQUIRED: Outcome = (403, "session_required")
ACCOUNT_REQUIRED: Outcome = (403, "account_required")
STEP_UP_REQUIRED: Outcome = (403, "step_up_required")
WRONG_CODE: Outcome = (403, "wrong_code")
CODE_USED: Outcome = (403, "code_used")
STATE_INVALID: Outcome = (401, "provider_state_invalid")
LINK_EXPIRED: Outcome = (403, "link_expired")
TOO_MANY: Outcome = (429, "rate_limited")
INVALID: Outcome = (422, "invalid")

# What a refused attempt must leave as it was.
KEPT_TABLES = (
    "users", "sessions", "refresh_tokens", "api_tokens", "passkeys", "totp", "recovery_codes",
    "external_identities",
)  # fmt: skip
# The worker changes the last three meanwhile: it ends guests, and notes addresses that refuse mail.
MOVING_COLUMNS = ("last_used_at", "updated_at", "mail_refused_at", "mail_refusal")


@dataclass(frozen=True)
class Sites:
    """Servers on the database of the target, each with its own settings."""

    plain: httpx.AsyncClient
    # With two providers.
    providers: httpx.AsyncClient
    # With rate limits, which no proxy may tell addresses to.
    limited: httpx.AsyncClient
    # Where everyone must have a second factor.
    strict: httpx.AsyncClient
    strict_socket_url: str


@dataclass
class Scene:
    target: Target
    tally: Tally
    sites: Sites
    corp: SigningProvider
    other: SigningProvider
    family: str
    numbers: Iterator[int]

    @property
    def resources(self) -> Resources:
        return self.target.resources

    @property
    def registrar(self) -> Registrar:
        return Registrar(self.resources)

    def address(self) -> str:
        """Return an address that no account has."""
        return f"{self.family}{next(self.numbers)}@sign-in.example"

    async def app_user(self) -> AppUser:
        return await user_with_app(self.registrar, self.address())

    async def passkey_user(self) -> tuple[PasskeyUser, Authenticator, Actor]:
        """Return a user without any other second factor, and the passkey."""
        tokens = await self.registrar.register_and_verify(self.address())
        user = PasskeyUser(self.sites.plain, bearer(tokens.access_token))
        authenticator = Authenticator(counts=True)
        await user.add(authenticator)
        return user, authenticator, tokens.actor

    async def challenge(self, user: AppUser, site: httpx.AsyncClient | None = None) -> str:
        return str((await begin(site or self.sites.plain, user.email))["challenge"])

    async def make_stale(self, actor: Actor) -> None:
        """Let the actor's session have proved whose it is just too long ago."""
        async with self.resources.begin() as work:
            past = work.now - RECENT - timedelta(seconds=1)
            await work.connection.execute(
                update(SessionRow)
                .where(SessionRow.id == actor.session_id)
                .values(authenticated_at=past)
            )

    async def kept(self) -> dict[str, str]:
        """Return a digest of the rows of each table that no refused attempt may change."""
        digests = {}
        async with self.resources.begin_read() as read:
            for name in KEPT_TABLES:
                table = tables.metadata.tables[name]
                columns = [column for column in table.c if column.name not in MOVING_COLUMNS]
                rows = (await read.connection.execute(select(*columns))).all()
                text = "\n".join(sorted(map(repr, map(tuple, rows))))
                digests[name] = hashlib.sha256(text.encode()).hexdigest()
        return digests

    async def refuse(
        self, name: str, request: Awaitable[httpx.Response], *expected: Outcome
    ) -> None:
        """Count an attempt that must be refused by one of `expected`, and leave everything as it was."""
        with self.tally.attempt(f"{self.family}: {name}"):
            before = await self.kept()
            answer = await request
            self._record(name, answer)
            self.tally.refused += 400 <= answer.status_code < 500
            assert not answer.is_success, f"it was answered: {answer.status_code}"
            assert outcome(answer) in expected, f"{outcome(answer)}, not {expected}"
            assert "set-cookie" not in answer.headers, "it set a cookie"
            after = await self.kept()
            changed = [table for table in before if before[table] != after[table]]
            assert not changed, f"it changed {changed}"

    async def allow(self, name: str, request: Awaitable[httpx.Response]) -> httpx.Response:
        """Count a control: the same, by whom it is for, which must succeed."""
        answer = await request
        with self.tally.attempt(f"{self.family}: control: {name}"):
            assert answer.is_success, f"{answer.status_code} {answer.text[:200]}"
        return answer

    async def race(
        self, name: str, requests: Iterable[Awaitable[httpx.Response]], *refusals: Outcome
    ) -> None:
        """Count an attempt that is made many times at once: one succeeds, and makes one session."""
        with self.tally.attempt(f"{self.family}: {name}"):
            before = await self.sessions()
            outcomes = [outcome(answer) for answer in await asyncio.gather(*requests)]
            refused = [each for each in outcomes if each in refusals]
            self.tally.refused += bool(refused)
            assert len(refused) == len(outcomes) - 1, outcomes
            assert (await self.sessions()) - before == 1, "not one session was made"

    async def sessions(self) -> int:
        async with self.resources.begin_read() as read:
            return len(list(await read.connection.scalars(select(SessionRow.id))))

    def alike(self, name: str, *answers: httpx.Response) -> None:
        """Count an attempt to tell answers apart: all have the same status, body and headers."""
        with self.tally.attempt(f"{self.family}: {name}"):
            first, *others = map(comparable, answers)
            self.tally.refused += all(each == first for each in others)
            for each in others:
                assert each == first, f"{each} differs from {first}"

    def _record(self, name: str, answer: httpx.Response) -> None:
        self.target.record("anonymous", f"sign-in {self.family} {name}", answer.text)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def proof(challenge: str, code: str, method: str = "totp") -> dict[str, Any]:
    return {"challenge": challenge, "proof": {"method": method, "code": code}}


async def post(
    client: httpx.AsyncClient, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await client.post(V1 + path, json=body, headers=headers)


async def get(
    client: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await client.get(V1 + path, headers=headers)


async def log_in(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD, **headers: str
) -> httpx.Response:
    return await post(client, "/auth/login", {"email": email, "password": password}, headers)


def comparable(answer: httpx.Response) -> tuple[int, bytes, tuple[str, ...]]:
    """Return what must not differ: no request id, no random challenge, no date."""
    body = answer.json() if answer.content else {}
    for name in ("request_id", "challenge"):
        body.pop(name, None)
    return answer.status_code, repr(body).encode(), tuple(sorted(answer.headers))
