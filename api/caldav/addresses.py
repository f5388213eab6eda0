"""The addresses of CalDAV resources, which docs/caldav.md lists.

A path names its user, so that an app with two accounts of this site does not mix their answers up.
"""

from collections.abc import Collection
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
    try:
        path = urlsplit(address).path if "://" in address else address
    except ValueError:  # such as an IPv6 address without its end
        return []
    prefix = f"{ROOT}/"
    segments = [unquote(segment) for segment in path.removeprefix(prefix).split("/")]
    # Postgres refuses a NUL.
    if not path.startswith(prefix) or any("\0" in segment for segment in segments):
        return []
    return segments


def is_on_host(address: str, hosts: Collection[str]) -> bool:
    """Return True for a path, and for a URL of one of these hosts, which have their ports with them.

    So it does for what is no address at all, which is not below the root either.
    """
    if "://" not in address and not address.startswith("//"):
        return True
    try:
        named = urlsplit(address).netloc
    except ValueError:
        return True
    return named.lower() in {host.rstrip("/").lower() for host in hosts if host}


def is_acceptable(segment: str) -> bool:
    """Return False for a name that clients take out of a path (RFC 3986, section 5.2.4).

    To delete a todo of the name "." they would send DELETE to its list.
    """
    return segment not in (".", "..")


def _quoted(segment: str) -> str:
    return quote(segment, safe="!$&'()*+,;=:@-._~")
