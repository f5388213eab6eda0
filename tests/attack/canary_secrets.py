"""Secrets that must not leave the place they are for, searched in everything that came out.

Accounts are made through the API, with a password, an address, links, tokens and push keys that occur
nowhere else. Then every answer and frame of the whole attack is searched for them, and the logs, the
mails to others, the metrics, the health, the documents, the events, the audit, and the rows of database and
Redis. canary_credentials.py makes the secrets of sign-in.
"""

import asyncio
import base64
import contextlib
import re
import smtplib
from typing import Any

import httpx
import orjson
import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.clock import SystemClock
from tests.attack import canary_credentials
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.smtp import ReceivedEmail

API = "/api/v1"
_LINK_TOKEN = re.compile(r"#token=([A-Za-z0-9_.~-]+)")
# What anyone may read, and what an administrator of the machine may.
PAGES = (
    "/", "/site", f"{API}/site", "/health", "/health/live", "/health/ready", "/metrics", "/docs",
    "/redoc", "/openapi.json", f"{API}/nothing", "/nothing", f"{API}/users/me", "/dev/mail",
    "/web/main.js", "/.env", "/data/secret",
)  # fmt: skip
# What a member of the same list may read.
READS = (
    "/users/me", "/users/me/snapshot", "/users/me/list-snapshots", "/users/me/audit",
    "/users/me/events?epoch=x&since=0", "/users/me/notifications", "/users/me/push-subscriptions",
    "/users/me/second-factors", "/users/me/calendar-feeds", "/auth/sessions", "/lists", "/todos",
    "/lists/{list_id}",
    "/lists/{list_id}/snapshot",
    "/lists/{list_id}/members", "/lists/{list_id}/links",
    "/lists/{list_id}/webhooks", "/users/me/webhooks",
    "/lists/{list_id}/events?epoch={epoch}&since=0",
)  # fmt: skip
# What a guest of the list may read.
GUEST_READS = (
    "/lists/{list_id}", "/lists/{list_id}/snapshot", "/lists/{list_id}/members", "/todos",
    "/lists/{list_id}/events?epoch={epoch}&since=0",
)  # fmt: skip


class Account:
    """An account that was registered over HTTP; its secrets are added to those of the target."""

    def __init__(self, target: Target, name: str) -> None:
        self.target, self.name = target, name
        secrets = target.secrets
        self.password = secrets[f"password of {name}"]
        self.email = f"{secrets[f'address of {name}'].lower()}@example.com"
        secrets.add(f"address of {name}", self.email, name)
        self.tokens: dict[str, Any] = {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    async def post(self, path: str, body: Any, *, signed_in: bool = True) -> httpx.Response:
        headers = self.headers if signed_in else {}
        answer = await self.target.client.post(API + path, json=body, headers=headers)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer

    async def register(self) -> None:
        body = {"email": self.email, "password": self.password, "name": self.name}
        await self.post("/auth/register", body, signed_in=False)
        token = await self.link_token(1, "verification link")
        await self.post("/auth/verify-email", {"token": token}, signed_in=False)
        body = {"email": self.email, "password": self.password}
        self._take(await self.post("/auth/login", body, signed_in=False), "first")
        body = {"refresh_token": self.tokens["refresh_token"]}
        self._take(await self.post("/auth/refresh", body, signed_in=False), "second")

    async def use(self) -> None:
        """Do what makes further secrets."""
        await self.post("/auth/forgot-password", {"email": self.email}, signed_in=False)
        await self.link_token(2, "reset link")
        ticket = (await self.post("/ws-ticket", None)).json()["ticket"]
        self.target.secrets.add(f"ticket of {self.name}", ticket)
        point = ec.generate_private_key(ec.SECP256R1()).public_key()
        keys = {
            "p256dh": _base64url(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
            "auth": _base64url(self.target.random.randbytes(16)),
        }
        for name, value in keys.items():
            self.target.secrets.add(f"push key {name} of {self.name}", value)
        endpoint = f"https://push.example.net/{self.target.secrets[f'push address of {self.name}']}"
        await self.post("/users/me/push-subscriptions", {"endpoint": endpoint, "keys": keys})
        # .example resolves to nothing.
        body = {"name": "Home", "url": "https://hooks.example/livelist"}
        webhook = (await self.post("/users/me/webhooks", body)).json()
        secret = webhook["secret"].removeprefix("whsec_")
        self.target.secrets.add(f"webhook secret of {self.name}", secret)
        await self._set_up_second_factor()

    async def _set_up_second_factor(self) -> None:
        secret = (await self.post("/users/me/second-factors/totp", None)).json()["secret"]
        self.target.secrets.add(f"app secret of {self.name}", secret)
        code = pyotp.TOTP(secret).at(SystemClock().now())
        confirmed = await self.post("/users/me/second-factors/totp/confirm", {"code": code})
        for number, text in enumerate(confirmed.json()["recovery_codes"]):
            self.target.secrets.add(f"recovery code {number} of {self.name}", text)

    async def link_token(self, count: int, what: str) -> str:
        """Return the token in the newest of the first `count` mails to this account."""
        mails: list[ReceivedEmail] = []
        number = 0
        while len(mails) < count:
            number += 1
            received = await self.target.smtp.wait_for(number, DEADLINE_SECONDS)
            mails = [mail for mail in received if self.email in mail.recipients]
        found = _LINK_TOKEN.search(mails[-1].body())
        assert found, mails[-1].body()
        self.target.secrets.add(f"{what} of {self.name}", found[1])
        return found[1]

    def _take(self, answer: httpx.Response, which: str) -> None:
        self.tokens = answer.json()
        for kind in ("access_token", "refresh_token"):
            self.target.secrets.add(f"{which} {kind} of {self.name}", self.tokens[kind])


async def run(target: Target, tally: Tally) -> None:
    ana, dora = Account(target, "Ana"), Account(target, "Dora")
    for account in (ana, dora):
        await account.register()
        await account.use()
        await canary_credentials.plant(target, account.name, account.email, account.headers)
    await canary_credentials.plant_provider(target, ana.name, ana.email)
    await _share_a_list(target, ana, dora)
    await _join_by_link(target, ana)
    await _make_feed(target, ana)
    await _mail_to_a_list(target, ana)
    await _read_everything(target, ana, dora)
    for account in (ana, dora):
        await _export(target, account)
    for received in target.transcript:
        _search(target, tally, received.reader, received.source, received.text)
    for mail in target.smtp.received:
        text = mail.raw.decode(errors="replace") + mail.body()
        for reader in mail.recipients:
            _search(target, tally, _owner_of(reader, ana, dora), f"mail to {reader}", text)
    for place, text in await canary_credentials.stored_texts(target):
        _search(target, tally, "dump", place, text)
    for process in (target.node.process, target.worker):
        for line in process.lines:
            _search(target, tally, "log", f"log of {process.name}", line)


def _search(target: Target, tally: Tally, reader: str, source: str, text: str) -> None:
    tally.tried += 1
    found = list(target.secrets.found_in(text, reader))
    # A mail holds the links of its own reader.
    if source.startswith("mail to"):
        found = [name for name in found if not name.endswith(f"link of {reader}")]
    if reader == "dump":
        found = [name for name in found if not canary_credentials.may_be_stored(name)]
    for name in found:
        tally.fail(
            f"{name} in {source[:200]}, read by {reader}: {text[:300]}", f"{name} {source[:60]}"
        )
    # Refused here means: searched, and nothing was found.
    tally.refused += not found


async def _share_a_list(target: Target, ana: Account, dora: Account) -> None:
    """Let both work in one list, so that each receives what the other did."""
    list_id = (await ana.post("/lists", {"name": "Shared"})).json()["id"]
    target.record("Ana", "list", list_id)
    invited = await ana.post(
        f"/lists/{list_id}/invitations", {"email": dora.email, "role": "editor"}
    )
    # Ana wrote the address herself; only the answers to her own invitation may have it.
    invitation = invited.json()["id"]
    await dora.post("/invitations/accept", {"invitation_id": invitation})
    todo = (await dora.post("/todos", {"list_id": list_id, "title": "Milk"})).json()["id"]
    await ana.post(f"/todos/{todo}/comments", {"body": "Fresh."})
    ana.tokens["list_id"] = dora.tokens["list_id"] = list_id


async def _join_by_link(target: Target, ana: Account) -> None:
    """Let a guest join Ana's list by a share link, and read what a guest can."""
    list_id, secrets = ana.tokens["list_id"], target.secrets
    password = secrets["password of the share link"]
    body = {"name": "Party", "role": "editor", "password": password}
    link = (await ana.post(f"/lists/{list_id}/links", body)).json()
    secrets.add("token of the share link", link["token"].partition(".")[2], "Ana")
    body = {"token": link["token"], "password": password, "name": "Gil"}
    joined = (await ana.post("/share-links/join", body, signed_in=False)).json()
    secrets.add("token of the guest", joined["token"])
    headers = {"Authorization": f"Bearer {joined['token']}"}
    shown = await target.client.get(f"{API}/lists/{list_id}", headers=headers)
    epoch = orjson.loads(shown.content)["stream"]["epoch"]
    for path in GUEST_READS:
        answer = await target.client.get(
            API + path.format(list_id=list_id, epoch=epoch), headers=headers
        )
        assert answer.status_code == 200, f"{path}: {answer.text}"
        target.record("Gil", path, f"{answer.headers} {answer.text}")


async def _make_feed(target: Target, ana: Account) -> None:
    """Make a calendar feed of Ana's list, and read it as a calendar program does."""
    body = {"name": "Phone", "list_id": ana.tokens["list_id"]}
    feed = (await ana.post("/users/me/calendar-feeds", body)).json()
    path = f"{API}{feed['address'].partition(API)[2]}"
    target.secrets.add("address of the feed", path.rpartition("/")[2].removesuffix(".ics"))
    # POST is refused, and logged with its path as well.
    for method, status in (("GET", 200), ("POST", 405)):
        answer = await target.client.request(method, path)
        assert answer.status_code == status, answer.text
        target.record("calendar program", f"{method} feed", f"{answer.headers} {answer.text}")


async def _mail_to_a_list(target: Target, ana: Account) -> None:
    """Make a mail address of Ana's list; hand over a mail to it, and one that is refused."""
    made = await ana.post(f"/lists/{ana.tokens['list_id']}/email-address", None)
    address = str(made.json()["address"])
    secret = address.partition("+")[2].partition("@")[0]
    target.secrets.add("mail address of the list", secret)
    host, _, port = target.settings.inbound_mail.listen.rpartition(":")
    for to in (address, f"x{address}", address.replace(secret, f"{secret}x")):
        with contextlib.suppress(smtplib.SMTPRecipientsRefused):
            await asyncio.to_thread(_hand_over, host, int(port), to)


def _hand_over(host: str, port: int, address: str) -> None:
    with smtplib.LMTP(host, port, timeout=DEADLINE_SECONDS) as client:
        client.sendmail("ana@example.com", [address], f"To: {address}\r\nSubject: Mail\r\n\r\nText")


async def _export(target: Target, account: Account) -> None:
    """Export all data of the account, and record the document."""
    path = "/users/me/exports"
    export = (await account.post(path, None)).json()
    async with asyncio.timeout(DEADLINE_SECONDS):
        while export["state"] != "done":
            await asyncio.sleep(0.05)  # the worker is another process
            answer = await target.client.get(API + path, headers=account.headers)
            export = answer.json()["items"][0]
    path = f"{path}/{export['id']}/content"
    answer = await target.client.get(API + path, headers=account.headers)
    assert answer.status_code == 200, answer.text
    document = orjson.loads(answer.content)
    # Addresses that the account itself wrote.
    del document["sent_invitations"]
    target.record(account.name, path, orjson.dumps(document).decode())


async def _read_everything(target: Target, *accounts: Account) -> None:
    for path in PAGES:
        answer = await target.client.get(path)
        target.record("anonymous", path, f"{answer.headers} {answer.text}")
    metrics = await target.client.get(
        "/metrics", headers={"Authorization": f"Bearer {target.secrets['metrics token']}"}
    )
    target.record("operator", "/metrics", metrics.text)
    for account in accounts:
        list_id = account.tokens["list_id"]
        shown = await target.client.get(f"{API}/lists/{list_id}", headers=account.headers)
        epoch = orjson.loads(shown.content)["stream"]["epoch"]
        for path in READS:
            address = API + path.format(list_id=list_id, epoch=epoch)
            answer = await target.client.get(address, headers=account.headers)
            target.record(account.name, path, f"{answer.headers} {answer.text}")


def _owner_of(address: str, *accounts: Account) -> str:
    return next((account.name for account in accounts if account.email == address), address)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
