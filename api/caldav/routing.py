"""The paths of the CalDAV routes, with and without the slash at their end, and how routes are added."""

from typing import Any

from fastapi import APIRouter

from api.caldav import addresses
from api.caldav.requests import answers_errors

# Apps that are given the host alone, and do not know RFC 6764, ask here (RFC 6764, section 6, step 5).
SITE = ("/",)
ROOT = (addresses.ROOT, f"{addresses.ROOT}/")
PRINCIPAL = (f"{addresses.ROOT}/{{user_id}}", f"{addresses.ROOT}/{{user_id}}/")
HOME = (f"{addresses.ROOT}/{{user_id}}/lists", f"{addresses.ROOT}/{{user_id}}/lists/")
LIST = (
    f"{addresses.ROOT}/{{user_id}}/lists/{{segment}}",
    f"{addresses.ROOT}/{{user_id}}/lists/{{segment}}/",
)
OBJECT = (f"{addresses.ROOT}/{{user_id}}/lists/{{segment}}/{{name}}",)


def add(router: APIRouter, paths: tuple[str, ...], method: str, route: Any) -> None:
    """Add a route at each of the paths, which answers its errors as XML."""
    for path in paths:
        router.add_api_route(path, answers_errors(route), methods=[method])
