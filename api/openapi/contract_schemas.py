"""The JSON schemas of everything on the wire, from which the types of the clients are generated."""

from typing import Any

from api.main import create_app
from api.openapi import asyncapi
from shared.contract.frames import EventFrame
from shared.settings import Settings

Json = dict[str, Any]


def all_schemas() -> dict[str, Json]:
    """Return the components of both documents. Those of AsyncAPI win: they are what a socket carries."""
    openapi = create_app(Settings.from_variables({})).openapi()["components"]["schemas"]
    schemas: dict[str, Json] = openapi | asyncapi.document()["components"]["schemas"]
    del schemas[EventFrame.__name__]
    return schemas
