"""The web client as a browser loads it: a page, one script, one style sheet, and a service worker.

`module_joiner` joins the modules, `release` gives all files the address of their content's hash, and `routes`
serves them.
"""

from pathlib import Path

from fastapi import FastAPI

from api.http.middleware.security_headers import content_security_policy
from api.web_client.branding import branding_of
from api.web_client.routes import client_routes
from shared.settings import ROOT, Settings

__all__ = ["FOLDER", "client_routes", "install"]

FOLDER = ROOT / "web"


def install(app: FastAPI, settings: Settings, folder: Path = FOLDER) -> None:
    """Add the routes of the web client. Call this after every other route is added."""
    app.router.routes += client_routes(
        folder,
        content_security_policy(settings),
        branding_of(settings),
        follows_edits=not settings.in_production,
    )
