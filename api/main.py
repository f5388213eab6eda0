"""create_app(): one application with the REST routers, the WebSocket and the web client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from api import web_client
from api.caldav import routes as caldav_routes
from api.caldav import write_routes as caldav_write_routes
from api.http import middleware
from api.http.dispatcher import SharedRoutes
from api.http.large_answers import LargeAnswers, PageReader
from api.http.paths import API
from api.http.rate_limits import make_rate_limiter
from api.http.write_quota import WriteQuota
from api.mcp import routes as mcp_routes
from api.mcp.mcp_endpoint import open_mcp
from api.openapi import documentation
from api.operations import (
    api_token_uses,
    audit,
    dev_mail,
    health,
    metrics,
    node_heartbeat,
    site,
)
from api.operations.clock_sync import synchronized_clock
from api.routes.account import (
    api_tokens,
    auth,
    calendar_feeds,
    email_links,
    imports,
    mail_preferences,
    notifications,
    passkeys,
    personal_data,
    provider_sign_in,
    push,
    second_factors,
    sessions,
    step_up,
    users,
)
from api.routes.administration import accounts, jobs, site_state, user_administration
from api.routes.interop import webhooks
from api.routes.lists import (
    activity,
    email_addresses,
    events,
    invitations,
    labels,
    list_exports,
    lists,
    members,
    placement,
    share_links,
    snapshots,
    views,
)
from api.routes.oauth import consent, device, endpoints, metadata
from api.routes.todos import (
    attachments,
    comments,
    occurrences,
    personal_labels,
    reminders,
    search,
    todos,
)
from realtime.startup import open_realtime
from realtime.transports import websocket_endpoint
from shared import metrics as metric_definitions
from shared.clock import DatabaseClock
from shared.resources import open_resources
from shared.settings import Settings, load_settings
from shared.version import VERSION

# One router for each resource, all of them under /api/v1.
ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    sessions.router,
    step_up.router,
    second_factors.router,
    email_links.router,
    provider_sign_in.router,
    audit.router,
    users.router,
    accounts.router,
    api_tokens.router,
    calendar_feeds.router,
    consent.router,
    device.router,
    passkeys.router,
    personal_data.router,
    imports.router,
    lists.router,
    placement.router,
    views.router,
    snapshots.router,
    list_exports.router,
    events.router,
    members.router,
    invitations.router,
    share_links.router,
    email_addresses.router,
    labels.router,
    personal_labels.router,
    activity.router,
    todos.router,
    search.router,
    occurrences.router,
    comments.router,
    attachments.router,
    reminders.router,
    notifications.router,
    mail_preferences.router,
    push.router,
    webhooks.router,
    site.router,
    user_administration.router,
    jobs.router,
    site_state.router,
)
# For calendar apps, at the root. They sign in by HTTP Basic with an API token.
CALDAV: tuple[APIRouter, ...] = (caldav_routes.router, caldav_write_routes.router)
# For assistants, at the root. They send an API token as Bearer.
MCP: tuple[APIRouter, ...] = (mcp_routes.router,)
# For programs that a user lets in, at the root. Codes and tokens are their credentials.
OAUTH: tuple[APIRouter, ...] = (metadata.router, endpoints.router)
# For monitoring and development, at the root.
OPERATIONS: tuple[APIRouter, ...] = (health.router, metrics.router, dev_mail.router)


def _included_routes() -> list[BaseRoute]:
    """Return the routes of all routers, with their prefixes."""
    included = APIRouter(
        # The name of the function, so that generated clients have edit_todo().
        generate_unique_id_function=lambda route: route.name,
    )
    for router in ROUTERS:
        included.include_router(router, prefix=API)
    for router in (*CALDAV, *MCP, *OAUTH, *OPERATIONS):
        included.include_router(router)
    return included.routes


# Shared by the applications of a process: FastAPI reads the declarations of a router for each
# inclusion, which takes 120 ms for all of them. A test begins with a new application.
_ROUTES = SharedRoutes(_included_routes())


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application. It opens no connection before its lifespan begins."""
    settings = settings or load_settings()
    app = FastAPI(
        title=settings.site.name,
        version=VERSION,
        description=documentation.DESCRIPTION,
        openapi_tags=documentation.TAGS,
        openapi_url=None if settings.in_production else "/openapi.json",
        # api/openapi/documentation.py serves the page itself, from files of ours.
        docs_url=None,
        redoc_url=None,
        # A redirect would be built from the Host header; a wrong address gets 404.
        redirect_slashes=False,
        # Asking for exporters took 5 µs of each request. We have logs and metrics of our own.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_lifespan,
    )
    app.state.settings = settings
    middleware.install(app, settings, _ROUTES)
    app.router.routes.extend(_ROUTES.routes)
    app.router.routes.extend(websocket_endpoint.routes)
    documentation.install(app, settings)
    web_client.install(app, settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what the routes use, in order, and close it in the opposite order."""
    metric_definitions.export("api")
    clock = DatabaseClock()
    async with (
        open_resources(app.state.settings, clock) as resources,
        synchronized_clock(resources, clock),
        api_token_uses.saved_regularly(resources),
        node_heartbeat.node_heartbeat(resources),
        open_realtime(resources) as realtime,
        open_mcp(app.state.settings) as mcp,
        health.open_health_checker(resources, realtime.pubsub.connections) as health_checker,
    ):
        app.state.resources = resources
        app.state.large_answers = LargeAnswers()
        app.state.page_reader = PageReader(resources, app.state.large_answers)
        app.state.health_checker = health_checker
        app.state.realtime = realtime
        app.state.mcp = mcp
        app.state.write_quota = WriteQuota(app.state.settings)
        app.state.limiter = make_rate_limiter(resources)
        yield
