"""Programs that ask to be let in: the one that is built in, and those that registered themselves.

Registration is open (RFC 7591): a client id identifies nobody, and a name is what a stranger wrote.
All clients are public: a program on somebody's device keeps no secret, so none is given.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from shared.accounts.oauth.errors import OAuthError, unknown_client
from shared.accounts.oauth.redirect_uris import RedirectUriRejected, check_redirect_uri
from shared.ids import is_id, new_id
from shared.tables.interop.oauth import OAuthClientRow
from shared.text import NotAcceptableError, name, visible
from shared.unit_of_work import ReadTransaction, UnitOfWork

# A program for several systems has one for each; their bytes are bounded by MAX_LENGTH of each.
MAX_REDIRECT_URIS = 10
MAX_NAME_LENGTH = 100
_NO_QUOTES = dict.fromkeys(
    map(ord, '"\u00ab\u00bb\u201c\u201d\u201e\u201f\u301d\u301e\u301f\uff02')
)


@dataclass(frozen=True)
class Client:
    """A program. `is_built_in` means that this site vouches for its name."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    is_built_in: bool = False


# The command line client: by device code, or back to a free port of the same device.
COMMAND_LINE = Client(
    "livelist-cli",
    "Livelist command line",
    ("http://127.0.0.1/callback", "http://[::1]/callback"),
    is_built_in=True,
)


async def find_client(read: ReadTransaction, client_id: str | None) -> Client:
    """Return a client. Raise OAuthError `invalid_client` if there is none with this id."""
    if client_id == COMMAND_LINE.id:
        return COMMAND_LINE
    if not client_id or not is_id(client_id):
        raise unknown_client()
    found = select(OAuthClientRow.id, OAuthClientRow.name, OAuthClientRow.redirect_uris).where(
        OAuthClientRow.id == client_id
    )
    row = (await read.connection.execute(found)).one_or_none()
    if row is None:
        raise unknown_client()
    return Client(row.id, row.name, tuple(row.redirect_uris))


async def register_client(
    work: UnitOfWork, client_name: str | None, redirect_uris: list[str], *, needs_redirect: bool
) -> Client:
    """Register a program, and return it. Raise OAuthError for what may not be registered."""
    if needs_redirect and not redirect_uris:
        raise OAuthError("invalid_redirect_uri", "Register at least one redirect URI.")
    if len(redirect_uris) > MAX_REDIRECT_URIS:
        raise OAuthError(
            "invalid_redirect_uri", f"Register at most {MAX_REDIRECT_URIS} redirect URIs."
        )
    try:
        for uri in redirect_uris:
            check_redirect_uri(uri)
    except RedirectUriRejected as rejected:
        raise OAuthError("invalid_redirect_uri", str(rejected)) from None
    client = Client(new_id(), _acceptable_name(client_name), tuple(dict.fromkeys(redirect_uris)))
    await work.connection.execute(
        insert(OAuthClientRow).values(
            id=client.id,
            name=client.name,
            redirect_uris=list(client.redirect_uris),
            created_at=work.now,
        )
    )
    return client


async def note_allowed(work: UnitOfWork, client: Client) -> None:
    """Note that a user allowed the client something, so that it is kept."""
    if not client.is_built_in:
        await work.connection.execute(
            update(OAuthClientRow).where(OAuthClientRow.id == client.id).values(allowed_at=work.now)
        )


def _acceptable_name(given: str | None) -> str:
    """Return the name that users will see. Raise OAuthError `invalid_client_metadata`.

    It is shown in quotes. What cannot be seen, and quotes within it, are dropped: two programs would look
    alike, or the name would seem to end and a sentence of ours to begin.
    """
    try:
        shown = name(visible(given or "").translate(_NO_QUOTES))
        shown = " ".join(shown.split()) or "An application without a name"
    except NotAcceptableError:
        raise OAuthError(
            "invalid_client_metadata", "The client_name holds characters that are not allowed."
        ) from None
    if len(shown) > MAX_NAME_LENGTH:
        raise OAuthError(
            "invalid_client_metadata",
            f"The client_name has at most {MAX_NAME_LENGTH} characters.",
        )
    return shown
