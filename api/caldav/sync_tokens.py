"""Sync tokens (RFC 6578): positions of the streams of a list and of its reader, as text."""

import re

from shared.caldav.collections import SyncPosition
from shared.caldav.synchronization import TokenRefused
from shared.ids import Epoch

# A URI, as RFC 6578, 6.2, asks for.
_PREFIX = "data:,"
# Positions are 64 bits; 15 digits are more than any stream reaches.
_TOKEN = re.compile(rf"{_PREFIX}([0-9a-f]{{8}})-([0-9]{{1,15}})-([0-9a-f]{{8}})-([0-9]{{1,15}})")


def sync_token(position: SyncPosition) -> str:
    """Return the token of a position."""
    of_list, own = f"{position.epoch}-{position.seq}", f"{position.user_epoch}-{position.user_seq}"
    return f"{_PREFIX}{of_list}-{own}"


def position_of(token: str) -> SyncPosition:
    """Return the position of a token. Raise TokenRefused for any other text."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise TokenRefused
    epoch, seq, user_epoch, user_seq = found.groups()
    return SyncPosition(Epoch(epoch), int(seq), Epoch(user_epoch), int(user_seq))
