"""The page /redoc, which shows the OpenAPI document in three columns for reading."""

from functools import cache
from pathlib import Path

BUNDLE = Path(__file__).parent / "redoc" / "redoc.standalone.js"
# ReDoc shows it beside "API docs by Redocly". No page of ours loads anything from another server.
_FOREIGN_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"

PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{name}: the API</title>
    <link rel="icon" href="/web/icon.svg" type="image/svg+xml">
    <script src="/redoc/redoc.standalone.js" defer></script>
    <script src="/redoc/start.js" defer></script>
  </head>
  <body><div id="redoc"></div></body>
</html>
"""
# The search builds its index in a worker from a blob: address, which our policy forbids. /docs has one.
START = """\
Redoc.init('/openapi.json', { disableSearch: true }, document.getElementById('redoc'));
"""


@cache
def bundle() -> bytes:
    """Return the script of ReDoc, which requests nothing from other servers."""
    return BUNDLE.read_bytes().replace(_FOREIGN_LOGO, b"/web/icon.svg")
