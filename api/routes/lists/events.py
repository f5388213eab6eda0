"""Routes of events after a position: once as JSON, or live as Server-Sent Events.

Both send the frames of the socket, from the same event log and the same hub
(realtime/transports/sse_response.py).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.http.content_negotiation import chosen_media_type, list_header
from api.http.dependencies import CurrentActor, OpenResources, PathId, bearer_token
from api.http.input_checks import JSON
from api.http.large_answers import OpenPageReader, PageReader
from api.http.problems import problem_responses
from api.openapi import examples
from api.routes.query_types import QueryInteger
from realtime.node import RealtimeNode
from realtime.transports.sse_response import EventStreamResponse
from shared.actor import Actor
from shared.contract.frames import MissedEvents
from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.contract.shapes import Position
from shared.errors import FieldError, Invalid, Unauthenticated
from shared.ids import ListId, StreamId, list_stream, user_stream
from shared.resources import Resources
from shared.snapshots.events import events_after, newest_position

_JSON_OR_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events as JSON; with `Accept: text/event-stream`, a live stream of them.",
        "content": {
            EventStreamResponse.media_type: {
                "schema": {"type": "string"},
                "example": examples.EVENT_STREAM,
            }
        },
    }
}

_FORMS = (JSON, EventStreamResponse.media_type)

router = APIRouter(responses=problem_responses(401, 404, 409, 422, 429) | _JSON_OR_STREAM)


class EventsResponder:
    """The response to a request for the events of one stream, as JSON or as a live stream."""

    def __init__(
        self,
        request: Request,
        pages: PageReader,
        actor: Actor,
        token: str | None,
        position: tuple[str | None, int | None],
        last_event_id: str | None,
    ) -> None:
        self._actor = actor
        self._request = request
        self._pages = pages
        self._token = token
        self._epoch, self._since = position
        self._last_event_id = last_event_id
        accept = list_header(request.scope["headers"], b"accept")
        self._is_live = chosen_media_type(accept, _FORMS) == EventStreamResponse.media_type

    async def answer(self, resources: Resources, stream: StreamId) -> Response:
        """Return the events of a stream.

        Raise Invalid without a position for JSON, NotFound, Conflict `reset`.
        """
        after = self._position(stream)
        if not self._is_live and after is None:
            raise Invalid(
                "Say from where: `epoch` and `since`.",
                [_missing("epoch"), _missing("since")],
            )
        if self._is_live or after is None:
            return await self._open_stream(resources, stream, after)
        async with resources.single_read() as read:
            batch = await events_after(read, self._actor, stream, after.epoch, after.seq)
        return self._pages.response(self._actor, batch.encode())

    async def _open_stream(
        self, resources: Resources, stream: StreamId, after: Position | None
    ) -> Response:
        node: RealtimeNode = self._request.app.state.realtime
        if self._token is None:
            raise Unauthenticated
        credentials = await node.authentication.check_token(self._token)
        async with resources.single_read() as read:
            head = await newest_position(read, self._actor, stream)
        return EventStreamResponse(node, credentials, head, after)

    def _position(self, stream: StreamId) -> Position | None:
        """Return the position that the request names, or None. Raise Invalid."""
        if self._is_live and self._last_event_id:
            epoch, _, seq = self._last_event_id.strip().rpartition(":")
            is_seq = seq.isascii() and seq.isdigit() and len(seq) < 17
            if not epoch or not is_seq or int(seq) > MAX_SAFE_INTEGER:
                raise Invalid.field(
                    "Last-Event-ID", "last_event_id", "Last-Event-ID takes the id of an event."
                )
            return Position(list_id=stream, epoch=epoch, seq=int(seq))
        if self._epoch is None and self._since is None:
            return None
        if self._epoch is None or self._since is None:
            missing = "epoch" if self._epoch is None else "since"
            raise Invalid("`epoch` and `since` go together.", [_missing(missing)])
        return Position(list_id=stream, epoch=self._epoch, seq=self._since)


def _missing(field: str) -> FieldError:
    return FieldError(field, "missing", "Field required")


async def get_events_responder(
    request: Request,
    pages: OpenPageReader,
    actor: CurrentActor,
    token: Annotated[str | None, Depends(bearer_token)],
    epoch: Annotated[
        str | None,
        Query(max_length=64, description="With `since`: the last position you have applied."),
    ] = None,
    since: Annotated[QueryInteger | None, Query(ge=0, le=MAX_SAFE_INTEGER)] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="`<epoch>:<seq>`. For a live stream it takes precedence over `epoch` and `since`.",
            max_length=100,
        ),
    ] = None,
) -> EventsResponder:
    return EventsResponder(request, pages, actor, token, (epoch, since), last_event_id)


Events = Annotated[EventsResponder, Depends(get_events_responder)]


@router.get("/lists/{list_id}/events", response_model=MissedEvents, tags=["lists"])
async def read_list_events(resources: OpenResources, events: Events, list_id: PathId) -> Response:
    """Read the events after a position, up to 500, exactly as the socket sends them.

    The answer is 409 `reset` if the events are not available: trimmed, of another epoch, or after
    the newest position.

    With `Accept: text/event-stream` the answer is a live stream of the same frames as Server-Sent
    Events: first the events after the position, then new ones. Without a position it begins with
    the next event. See "Without a socket" in docs/protocol.md.
    """
    return await events.answer(resources, list_stream(ListId(list_id)))


@router.get("/users/me/events", response_model=MissedEvents, tags=["users"])
async def read_own_events(
    resources: OpenResources, events: Events, actor: CurrentActor
) -> Response:
    """Read the events of your own stream, `user:<id>`, in the same two forms as those of a list."""
    return await events.answer(resources, user_stream(actor.user_id))
