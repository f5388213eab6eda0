"""JSON responses made from shapes, and documents for everybody."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel

from api.http.conditional_requests import etag_headers


def json_response(
    shape: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `shape` as a JSON response, with its version as ETag when it has one."""
    # A Response, not the shape: FastAPI would validate our own answer again, at twice the cost.
    return Response(
        shape.model_dump_json().encode(),
        status,
        {**(headers or {}), **etag_headers(shape)},
        media_type="application/json",
    )


def public_json(body: Mapping[str, Any]) -> Response:
    """Return a JSON document that is alike for everybody, and that any page may read."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "public, max-age=300",
    }
    return Response(orjson.dumps(body), 200, headers, media_type="application/json")
