"""Every bound of the socket, with its reason. The numbers are part of docs/protocol.md."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Tests shorten some; nothing else does."""

    # A slow phone's round trip; longer only serves those who hold connections open for fun.
    hello_seconds: float = 5
    # A token or a ticket and a little JSON.
    hello_bytes: int = 4096
    # Nothing a client says is larger than 200 cursors of about 130 bytes.
    frame_bytes: int = 64 * 1024
    # A person clicks a few times a second; the burst is a client that comes back with its lists.
    frames_per_second: float = 20
    frames_burst: float = 40
    # More lists than anybody looks at; bounds what a reconnect reads.
    lists: int = 200
    # Tabs and devices of one person on one node.
    sockets_per_person: int = 10
    # Below the idle timeout of common proxies (30 to 60 s).
    heartbeat_seconds: int = 25
    pong_seconds: float = 10
    # Two round trips for a new token, with time to spare.
    expiring_seconds: int = 60
    # What waits for one slow socket; beyond it the database is a better place to wait. Frames are
    # counted where each costs an object of ours: under another server, and in event streams. In the
    # transport's buffer (docs/decisions/0012) they are bytes, and only those are counted.
    outbox_frames: int = 256
    outbox_bytes: int = 256 * 1024
    # What the kernel may hold for one socket or event stream on top (it doubles this); left alone it
    # takes 4 MB.
    send_buffer_bytes: int = 64 * 1024
    # A socket that takes nothing for so long is not coming back.
    progress_seconds: float = 10
    # How often deadlines are looked at: all of them are whole seconds.
    beat_seconds: float = 1
    # The head sweep repairs whatever the doorbell lost; without a doorbell it carries everything.
    sweep_seconds: float = 1
    sweep_alone_seconds: float = 0.3
    # Each node rings itself; two probes missing mean that the subscription is dead.
    probe_seconds: float = 2
    # One page of a resume: fits the outbox, so that reading never runs ahead of the socket.
    page_events: int = 200
    # After a database error: soon enough for a blip, rarely enough for an outage.
    retry_seconds: float = 0.5
    # Lists in which one socket says presence: more than anybody's screen shows at once.
    presences: int = 20
    # A cursor, a mood, a colour; it is repeated to everybody in the list.
    state_bytes: int = 512
    # A node that died is believed for so long at most; ghosts are gone within 35 s of it.
    lease_seconds: float = 30
    # Three times within a lease; twice where so many rooms are due that they are spread
    # (realtime/presence/lease_renewals.py). So a broker may be away for one of them.
    renew_seconds: float = 10
    # A reload, another tab, a tunnel: none of them is going away.
    leave_seconds: float = 5
    # What happens within it is told together: fast for an eye, and ten messages a second a node.
    signal_seconds: float = 0.1
    # Half of what an eye could follow. A client says it once in some seconds; what is more, is lost.
    editing_seconds: float = 0.5
    # Of one node within `signal_seconds`: what one message carries beside the doorbell's.
    signals_at_once: int = 200
