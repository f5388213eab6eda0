"""Whether an answer is as the OpenAPI document says: its status, and the form of its JSON."""

from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from api.http.paths import API
from tests.support.openapi_document import DOCUMENT


def fault_of_document(method: str, path: str, answer: httpx.Response) -> str:
    """Return what the document does not say about this answer of a route; "" if nothing.

    `path` is the route's, below the prefix of the API. Only the JSON of bodies is compared.
    """
    documented = DOCUMENT["paths"][API + path][method.lower()]["responses"]
    response = documented.get(str(answer.status_code))
    if response is None:
        return f"{answer.status_code} is not documented"
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    content = response.get("content", {})
    if bool(media_type) != bool(content) or (media_type and media_type not in content):
        return f"{answer.status_code} has {media_type!r} instead of {sorted(content)}"
    if not media_type.endswith("json"):
        return ""
    validator = _validator(method.lower(), path, str(answer.status_code), media_type)
    error = best_match(validator.iter_errors(answer.json()))
    return f"{list(error.absolute_path)}: {error.message}" if error else ""


@cache
def _validator(method: str, path: str, status: str, media_type: str) -> Draft202012Validator:
    response = DOCUMENT["paths"][API + path][method]["responses"][status]
    schema: dict[str, Any] = response["content"][media_type]["schema"]
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})
