"""How many frames a client may send: a burst, and then so many a second."""

from realtime.limits import Limits
from realtime.transports.frame_rate import TokenBucket
from shared.clock import monotonic


def test_after_a_burst_of_40_frames_there_are_20_a_second() -> None:
    bucket = TokenBucket(Limits.frames_per_second, Limits.frames_burst)
    begin = monotonic() + 60

    burst = [bucket.take(begin) for _ in range(40)]
    second = [bucket.take(begin + 1) for _ in range(21)]

    assert burst == [True] * 40
    assert second == [True] * 20 + [False]
