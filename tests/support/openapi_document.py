"""The OpenAPI document of the API with its default settings."""

from typing import Any

from api.main import create_app
from shared.settings import Settings

# Made once a process: it takes 2 s. Copy it before you change it.
DOCUMENT: dict[str, Any] = create_app(Settings.from_variables({})).openapi()
