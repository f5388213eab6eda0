"""The connection of a live client: reconnects, resumes from its cursors and keeps the state current.

run             connects, again and again
  _converse     one connection: subscribe, then one frame after another
    _load       fetches a snapshot: after a reset, for an added list
"""

import asyncio
import ssl
from collections.abc import Callable, Collection
from typing import Any

import websockets

from livelist_client.errors import (
    Forbidden,
    LiveEnded,
    LivelistError,
    NotFound,
    ProblemError,
    SignedOut,
    Unreachable,
)
from livelist_client.limits import Limits
from livelist_client.live.backoff import CloseAction, close_order, restart_delay, retry_delay
from livelist_client.live.changes import Change, ChangeFeed, ChangeKind
from livelist_client.live.cursors import Cursors, Step
from livelist_client.live.reducer import apply_event
from livelist_client.live.socket import Frame, LiveSocket, SocketClosed, open_socket
from livelist_client.live.state import State
from livelist_client.rest.lists import Account, Lists
from livelist_client.rest.requests import Requests

# HTTP statuses of the handshake after which a client must not come back.
STOP_STATUSES = frozenset({400, 401, 403, 404, 426})


class Follower:
    """Keeps `state` and `cursors` current. `lists` is None for all lists of the user."""

    def __init__(
        self,
        requests: Requests,
        lists: Collection[str] | None,
        limits: Limits,
        tls: ssl.SSLContext | None,
        on_state: Callable[[str], None],
    ) -> None:
        self.state = State()
        self.cursors = Cursors()
        self.feed = ChangeFeed(limits.queued_changes)
        # Set while every subscription is current.
        self.current = asyncio.Event()
        self._requests, self._limits, self._tls = requests, limits, tls
        self._wanted = lists
        self._lists = Lists(requests)
        # Called with the `mutation` of each applied event, and with "" after a snapshot.
        self._on_state = on_state
        self._socket: LiveSocket | None = None
        # Streams whose subscription the server has not answered yet.
        self._unanswered: set[str] = set()

    async def load_all(self) -> None:
        """Fetch the snapshots of everything that is followed, and set all cursors from them."""
        state, cursors = State(), Cursors()
        if self._wanted is None:
            snapshot = await Account(self._requests).snapshot()
            state = State.from_snapshot(snapshot)
            own = snapshot["stream"]
            cursors.set(own["list_id"], own["epoch"], own["seq"])
            async for content in self._lists.snapshots():
                state.set_list(content)
        else:
            for list_id in self._wanted:
                state.set_list(await self._lists.snapshot(list_id))
        for list_id in state.contents:
            at = state.lists[list_id]["stream"]
            cursors.set(list_id, at["epoch"], at["seq"])
        self.state, self.cursors = state, cursors
        self._on_state("")

    async def run(self) -> None:
        """Stay connected until cancelled. Raise LiveEnded or ProblemError if that is impossible."""
        failures = 0
        while True:
            code = 0
            try:
                async with open_socket(
                    self._requests.url, self._requests.credentials.token, self._limits, self._tls
                ) as socket:
                    try:
                        await self._converse(socket)
                    finally:
                        failures = 0 if self.current.is_set() else failures
                        await self._disconnected()
            except SocketClosed as closed:
                code = closed.code
            except websockets.InvalidStatus as refused:
                _stop_if_final(refused)
            except (OSError, TimeoutError, websockets.InvalidHandshake, Unreachable):
                pass  # the network or the server is away
            failures += 1
            await asyncio.sleep(await self._delay_after(code, failures))

    async def _delay_after(self, code: int, failures: int) -> float:
        """Return the seconds until the next attempt. Raise LiveEnded if there must be none."""
        order = close_order(code)
        if order.action is CloseAction.STOP:
            raise LiveEnded(code, order.text)
        if order.action in (CloseAction.SIGN_IN, CloseAction.RENEW):
            # 4401 too: a token may have expired while there was no connection.
            if code == 4403 or failures > 2 or not await self._requests.credentials.renew():
                raise SignedOut(code, order.text)
            return 0.0
        return restart_delay() if order.action is CloseAction.SPREAD else retry_delay(failures)

    async def _disconnected(self) -> None:
        self._socket = None
        self._unanswered.clear()
        if self.current.is_set():
            self.current.clear()
            await self.feed.put(Change(ChangeKind.DISCONNECTED))

    async def _converse(self, socket: LiveSocket) -> None:
        self._socket = socket
        await self._subscribe(self.cursors)
        await self._load_missing()
        await self._report_if_current()
        async for frame in socket.frames():
            await self._receive(frame)

    async def _subscribe(self, streams: Collection[str]) -> None:
        lists = self.cursors.subscriptions([*streams])
        if lists and self._socket is not None:
            self._unanswered.update(streams)
            await self._socket.send("subscribe", lists=lists)

    async def _receive(self, frame: Frame) -> None:
        match frame["type"]:
            case "event":
                await self._on_event(frame)
            case "subscribed":
                await self._answered(frame["list"])
            case "reset":
                self._unanswered.discard(frame["list"])
                await self._load(frame["list"])
            case "unsubscribed" if frame["reason"] != "requested":
                await self._lose(frame["list"])
            case "ping":
                await self._on_ping(frame)
            case "expiring":
                if await self._requests.credentials.renew() and self._socket is not None:
                    await self._socket.send("auth", token=self._requests.credentials.token)
            case "error":
                await self._on_error(frame)

    async def _answered(self, stream: str) -> None:
        self._unanswered.discard(stream)
        await self._report_if_current()

    async def _report_if_current(self) -> None:
        if not self._unanswered and not self.current.is_set():
            self.current.set()
            await self.feed.put(Change(ChangeKind.CONNECTED))

    async def _on_event(self, frame: Any) -> None:
        stream = frame["list"]
        step = self.cursors.advance(frame)
        if step is Step.GAP and stream not in self._unanswered:
            # The server sends none; should one happen all the same, it is read again.
            await self._subscribe([stream])
        if step is not Step.NEXT:
            return
        name = _name_of(self.state, stream)
        todo_id = frame["data"].get("todo_id") or frame["data"].get("todo", {}).get("id")
        content = self.state.contents.get(stream)
        before = content.todos.get(todo_id) if content and todo_id else None
        apply_event(self.state, frame)
        self._on_state(frame["mutation"] or "")
        await self.feed.put(Change(ChangeKind.EVENT, stream, frame, before, name))
        if frame["event"] == "list.removed":
            self.cursors.pop(frame["data"]["list_id"], None)
        await self._load_missing()

    async def _load_missing(self) -> None:
        """Fetch what an event announced: a list that was added, older notifications."""
        for list_id in sorted(self.state.missing_lists):
            await self._load(list_id)
        if self.state.needs_notifications:
            try:
                self.state.set_notifications(await Account(self._requests).snapshot())
            except (Unreachable, ProblemError):
                raise SocketClosed(0) from None

    async def _on_ping(self, frame: Frame) -> None:
        if self._socket is not None:
            await self._socket.pong()
        behind = self.cursors.behind(frame["heads"])
        await self._subscribe([stream for stream in behind if stream not in self._unanswered])

    async def _on_error(self, frame: Frame) -> None:
        stream = frame.get("list")
        if stream is None:
            return
        if frame["code"] == "unavailable":
            await asyncio.sleep(retry_delay(1))
            await self._subscribe([stream])
        elif frame["code"] in ("not_found", "forbidden"):
            await self._lose(stream)
        elif frame["code"] == "too_many_lists":
            raise LivelistError("The server follows at most 200 lists on a connection.")

    async def _lose(self, stream: str) -> None:
        name = _name_of(self.state, stream)
        self._unanswered.discard(stream)
        self.cursors.pop(stream, None)
        self.state.drop_list(stream)
        self._on_state("")
        await self.feed.put(Change(ChangeKind.LOST, stream, list_name=name))
        await self._report_if_current()

    async def _load(self, stream: str) -> None:
        """Fetch the snapshot of the stream, and follow it from there.

        Frames wait meanwhile. Should that take so long that the server gives up, the next connection
        resumes from the cursors. Raise SocketClosed if the server does not answer: that tries again.
        """
        try:
            if stream.startswith("user:"):
                await self.load_all()
                streams = [*self.cursors]
            else:
                snapshot = await self._lists.snapshot(stream)
                self.state.set_list(snapshot)
                at = snapshot["stream"]
                self.cursors.set(stream, at["epoch"], at["seq"])
                self._on_state("")
                streams = [stream]
        except (NotFound, Forbidden):
            await self._lose(stream)
            return
        except (Unreachable, ProblemError):
            raise SocketClosed(0) from None
        name = _name_of(self.state, stream)
        await self.feed.put(Change(ChangeKind.SNAPSHOT, stream, list_name=name))
        await self._subscribe(streams)


def _name_of(state: State, stream: str) -> str:
    mine = state.lists.get(stream)
    return mine["name"] if mine else ""


def _stop_if_final(refused: websockets.InvalidStatus) -> None:
    status = refused.response.status_code
    if status in STOP_STATUSES:
        raise LiveEnded(status, f"The server refuses live connections (HTTP status {status}).")
