"""The addresses of CalDAV resources, which docs/caldav.md lists.

A path names its user, so that an app with two accounts of this site does not mix their answers up.
"""

from urllib.parse import quote, unquote, urlsplit

from api.http.paths import CALDAV
from shared.ids import UserId

ROOT = CALDAV
WELL_KNOWN = "/.well-known/caldav"


def principal_path(user_id: UserId) -> str:
    return f"{ROOT}/{user_id}/"


def home_path(user_id: UserId) -> str:
    return f"{ROOT}/{user_id}/lists/"


def collection_path(user_id: UserId, segment: str) -> str:
    """Return the path of a list; `segment` is its id, or the name that an app gave it."""
    return f"{ROOT}/{user_id}/lists/{_quoted(segment)}/"


def object_path(user_id: UserId, segment: str, name: str) -> str:
    """Return the path of an object; `name` is as the client chose it, escaped here."""
    return collection_path(user_id, segment) + _quoted(name)


def segments_of(address: str) -> list[str]:
    """Return the unescaped segments of an address below the root: of a path, or of a URL.

    Return none for an address that is not below the root.
    """
    path = urlsplit(address).path if "://" in address else address
    prefix = f"{ROOT}/"
    if not path.startswith(prefix):
        return []
    return [unquote(segment) for segment in path.removeprefix(prefix).split("/")]


def _quoted(segment: str) -> str:
    return quote(segment, safe="!$&'()*+,;=:@-._~")
