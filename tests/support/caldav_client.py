"""Send CalDAV requests as the holder of an API token, and read the answers."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import httpx
from lxml import etree

from shared.actor import Actor
from shared.contract.api_tokens import TokenScope
from shared.ids import ListId
from shared.resources import Resources
from tests.support.api_tokens import insert_api_token

NAMESPACES = {
    "D": "DAV:",
    "C": "urn:ietf:params:xml:ns:caldav",
    "CS": "http://calendarserver.org/ns/",
    "A": "http://apple.com/ns/ical/",
}
_OPENING = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


def xml(text: str) -> str:
    """Return the document, whose root gets the namespaces of all prefixes."""
    name, space, rest = text.partition(">")
    slash = "/" if name.endswith("/") else ""
    return f"{name.removesuffix('/')} {_OPENING}{slash}{space}{rest}"


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"me:{token}".encode()).decode()}


@dataclass
class CalDavClient:
    """One user's app, with an API token."""

    client: httpx.AsyncClient
    actor: Actor
    token: str

    def path(self, *segments: str) -> str:
        return f"/caldav/{self.actor.user_id}/lists/" + "".join(f"{each}/" for each in segments)

    def object_path(self, list_id: str, name: str) -> str:
        return f"{self.path(list_id)}{name}"

    async def request(
        self, method: str, path: str, body: str | bytes | None = None, **headers: str
    ) -> httpx.Response:
        """Send a request. Header names are written with _ for -; a body that begins with < is XML."""
        sent = basic(self.token) | {key.replace("_", "-"): text for key, text in headers.items()}
        return await self.client.request(method, path, content=body, headers=sent)

    async def propfind(self, path: str, *names: str, depth: str = "0") -> "Multistatus":
        """Return the named properties, such as D:displayname."""
        wanted = "".join(f"<{name}/>" for name in names)
        body = xml(f"<D:propfind><D:prop>{wanted}</D:prop></D:propfind>")
        return multistatus(await self.request("PROPFIND", path, body, depth=depth))

    async def report(self, path: str, body: str) -> "Multistatus":
        return multistatus(await self.request("REPORT", path, xml(body), depth="1"))

    async def sync(self, list_id: str, token: str = "") -> "Multistatus":
        return await self.report(
            self.path(list_id),
            f"<D:sync-collection><D:sync-token>{token}</D:sync-token>"
            "<D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>",
        )

    async def put(
        self, list_id: str, name: str, *lines: str, uid: str = "", **headers: str
    ) -> httpx.Response:
        """PUT a VTODO of these lines; its UID is the name without its ending."""
        text = vtodo(f"UID:{uid or name.removesuffix('.ics')}", *lines)
        headers = {"content_type": "text/calendar"} | headers
        return await self.request("PUT", self.object_path(list_id, name), text, **headers)

    async def get(self, list_id: str, name: str) -> httpx.Response:
        return await self.request("GET", self.object_path(list_id, name))


def vtodo(*lines: str) -> str:
    """Return an iCalendar object with one VTODO."""
    rows = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VTODO"]
    rows += ["DTSTAMP:20261121T120000Z", *lines, "END:VTODO", "END:VCALENDAR", ""]
    return "\r\n".join(rows)


def occurrence_part(date: str, status: str, *lines: str) -> tuple[str, ...]:
    """Return the lines that end the VTODO of the todo a1 and begin that of one occurrence.

    `date` is its RECURRENCE-ID from the parameters on, such as ;VALUE=DATE:20990101.
    """
    return (
        "END:VTODO", "BEGIN:VTODO", "UID:a1", "DTSTAMP:20261121T120000Z",
        f"RECURRENCE-ID{date}", "SUMMARY:Water", f"STATUS:{status}", *lines,
    )  # fmt: skip


async def caldav_client(
    client: httpx.AsyncClient,
    resources: Resources,
    actor: Actor,
    scope: TokenScope = TokenScope.WRITE,
    *,
    lists: tuple[ListId, ...] | None = None,
) -> CalDavClient:
    """Return an app of the user, with a new token."""
    token = await insert_api_token(resources, actor, scope, lists=lists)
    return CalDavClient(client, actor, token.text)


@dataclass(frozen=True)
class Multistatus:
    """The responses of an answer by their addresses, in order."""

    root: Any

    @property
    def hrefs(self) -> list[str]:
        return [self._text(each, "D:href") for each in self._all(self.root, "D:response")]

    @property
    def names(self) -> list[str]:
        """Return the last segments of the addresses, without those of collections."""
        return [href.rpartition("/")[2] for href in self.hrefs if not href.endswith("/")]

    @property
    def gone(self) -> list[str]:
        """Return the last segments of what does not exist any more."""
        found = self.root.xpath("D:response[D:status]/D:href/text()", namespaces=NAMESPACES)
        return [href.rpartition("/")[2] for href in found]

    @property
    def sync_token(self) -> str:
        return self._text(self.root, "D:sync-token")

    def values(self, name: str) -> list[str]:
        """Return the texts of a property that was found, in the order of the responses."""
        path = f"D:response/D:propstat[contains(D:status, ' 200 ')]/D:prop/{name}"
        found = self.root.xpath(path, namespaces=NAMESPACES)
        return ["".join(each.itertext()) for each in found]

    def xpath(self, path: str) -> list[Any]:
        return list(self.root.xpath(path, namespaces=NAMESPACES))

    def _all(self, node: Any, name: str) -> list[Any]:
        return list(node.findall(name, NAMESPACES))

    def _text(self, node: Any, name: str) -> str:
        return str(node.findtext(name, "", NAMESPACES))


def multistatus(answer: httpx.Response) -> Multistatus:
    """Return the multistatus of an answer, which must be one."""
    assert answer.status_code == 207, (answer.status_code, answer.text)
    return Multistatus(etree.fromstring(answer.content))
