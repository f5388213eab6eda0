"""One account cannot write without end."""

from pathlib import Path

import pytest

from api.http import write_quota
from api.http.write_quota import MEBIBYTE, WINDOW_SECONDS, WriteQuota
from shared.actor import Actor
from shared.errors import RateLimited
from shared.ids import SessionId, ShareLinkId, UserId
from tests.support.settings import plain_settings

ANA, BEN = (Actor(UserId(name), name, SessionId(name)) for name in ("ana", "ben"))


def guest(name: str, link: str, address: str) -> Actor:
    link_id = ShareLinkId(link)
    return Actor(UserId(name), name, SessionId(name), address=address, link_id=link_id)


class Seconds:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = 10.0 * WINDOW_SECONDS

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    seconds = Seconds()
    monkeypatch.setattr(write_quota, "monotonic", seconds)
    return seconds


def quota_of(folder: Path, *, rate_limits: bool = True) -> WriteQuota:
    values = {"writes_per_hour": 3, "written_mebibytes_per_hour": 2, "rate_limits": rate_limits}
    return WriteQuota(plain_settings(folder, **values))


def test_the_writes_of_an_account_are_bounded(tmp_path: Path, seconds: Seconds) -> None:
    quota = quota_of(tmp_path)
    for _ in range(3):
        quota.take(ANA, 10)
    seconds.now += 600

    with pytest.raises(RateLimited) as caught:
        quota.take(ANA, 10)
    quota.take(BEN, 10)

    assert (caught.value.reason, caught.value.retry_after_seconds) == ("quota_exceeded", 3000)


def test_the_bytes_of_an_account_are_bounded(tmp_path: Path, seconds: Seconds) -> None:
    quota = quota_of(tmp_path)
    quota.take(ANA, MEBIBYTE)

    with pytest.raises(RateLimited):
        quota.take(ANA, MEBIBYTE + 1)
    quota.take(ANA, MEBIBYTE)


def test_the_next_hour_begins_at_zero(tmp_path: Path, seconds: Seconds) -> None:
    quota = quota_of(tmp_path)
    quota.take(ANA, 2 * MEBIBYTE)
    with pytest.raises(RateLimited) as caught:
        quota.take(ANA, 1)

    seconds.now += caught.value.retry_after_seconds

    quota.take(ANA, 2 * MEBIBYTE)


@pytest.mark.parametrize(
    ("link", "address"), [("one", "198.51.100.9"), ("two", "192.0.2.1")], ids=["link", "network"]
)
def test_guests_share_the_quota_of_their_link_and_of_their_network(
    tmp_path: Path, seconds: Seconds, link: str, address: str
) -> None:
    quota = quota_of(tmp_path)
    for name in ("ben", "eve", "kim"):
        quota.take(guest(name, "one", "192.0.2.1"), 10)

    with pytest.raises(RateLimited):
        quota.take(guest("zoe", link, address), 10)
    quota.take(guest("zoe", "two", "198.51.100.9"), 10)
    quota.take(ANA, 10)


def test_without_rate_limits_there_is_no_quota(tmp_path: Path, seconds: Seconds) -> None:
    quota = quota_of(tmp_path, rate_limits=False)

    for _ in range(10):
        quota.take(ANA, MEBIBYTE)
