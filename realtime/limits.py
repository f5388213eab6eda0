"""Every bound of a socket or event stream, with its reason. docs/protocol.md has those clients meet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The defaults are what production uses; only tests and fault scenarios change some."""

    # Before and after the hello

    # A slow phone's round trip; more would only help clients that hold connections open.
    hello_seconds: float = 5
    # A token or a ticket and a little JSON.
    hello_bytes: int = 4096
    # Nothing a client sends is larger than 200 cursors of about 130 bytes.
    frame_bytes: int = 64 * 1024
    # A user clicks a few times a second; the burst is a client that reconnects with its lists.
    frames_per_second: float = 20
    frames_burst: float = 40
    # More lists than any user looks at; bounds what a reconnect reads.
    subscriptions: int = 200
    # Tabs and devices of one user on one node.
    sockets_per_user: int = 10

    # Deadlines

    # Below the idle timeout of common proxies (30 to 60 s).
    heartbeat_seconds: int = 25
    pong_seconds: float = 10
    # Two round trips for a new token, with time to spare.
    expiring_seconds: int = 60
    # A socket that takes nothing for this long is not coming back.
    progress_seconds: float = 10
    # How often deadlines are checked: all of them are whole seconds.
    deadline_check_seconds: float = 1

    # Outboxes

    # What waits for one slow socket; beyond it, events are better read from the database later.
    # Frames are counted where each is an object here: under another server, and in event streams.
    # In the transport's buffer (docs/decisions/0012) only bytes are counted.
    outbox_frames: int = 256
    outbox_bytes: int = 256 * 1024
    # What the kernel may hold for one socket or event stream besides (Linux doubles this). By
    # default it takes 4 MB.
    send_buffer_bytes: int = 64 * 1024

    # Event messages and missed events

    # The head check finds what pub/sub has lost; without pub/sub it finds everything.
    head_check_seconds: float = 1
    head_check_seconds_without_pubsub: float = 0.3
    # Each node publishes to itself; if two probes are missing, the subscription is dead.
    probe_seconds: float = 2
    # One page of a resume: fits the outbox, so that reading never runs ahead of the socket.
    page_events: int = 200
    # After a database error: soon enough for a short failure, rarely enough for a long one.
    retry_seconds: float = 0.5

    # Presence

    # Lists in which one socket is present: more than any screen shows at once.
    presence_lists: int = 20
    # A cursor, a mood, a colour; it is repeated to everyone in the list.
    presence_state_bytes: int = 512
    # Leases of a node that died end after this long. Its users are shown as left within 35 s.
    lease_seconds: float = 30
    # Three times within a lease; twice where so many rooms are due that they are spread
    # (realtime/presence/renewal_schedule.py). So the broker may be away for one renewal.
    renew_seconds: float = 10
    # A reload, another tab or a tunnel is no leave.
    leave_debounce_seconds: float = 5
    # Changes within it are sent together: fast for an eye, and ten messages a second a node.
    presence_batch_seconds: float = 0.1
    # Half of what an eye could follow. A client sends one every few seconds; more are dropped.
    editing_interval_seconds: float = 0.5
    # Per node and `presence_batch_seconds`: as many as one message to other nodes carries.
    editing_per_batch: int = 200
