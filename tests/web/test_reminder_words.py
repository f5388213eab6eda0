"""What is said of a reminder on its todo: when it comes, and what became of it."""

from typing import Any

import pytest

from tests.web.conftest import Js

AT = "2026-11-21T09:00:00Z"
READER = {"now": 1795255200000, "zone": "UTC", "locale": "en-GB"}


@pytest.mark.parametrize(
    ("reminder", "words"),
    [
        ({"state": "scheduled"}, "{when}"),
        ({"state": "scheduled", "snoozed_until": AT}, "{when} (snoozed)"),
        ({"state": "scheduled", "fires_at": None, "minutes_before": 60}, "an hour before"),
        ({"state": "sending"}, "{when}: sending"),
        ({"state": "sending", "detail": "Attempt 2 failed: why."}, "{when}: failed, retry 2"),
        ({"state": "sent", "sent_at": AT}, "email sent {when}"),
        ({"state": "sent", "sent_at": AT, "detail": "Not mailed, by choice."}, "shown {when}"),
        ({"state": "failed", "detail": "Not sent: why."}, "{when}: could not be sent"),
        ({"state": "missed"}, "{when}: missed"),
    ],
)
async def test_a_reminder_says_what_became_of_it(
    js: Js, reminder: dict[str, Any], words: str
) -> None:
    source = """
      const { reminderText } = await load('format/reminders.js');
      const { momentText } = await load('format/due.js');
      return [reminderText(input.reminder, input.reader), momentText(input.at, input.reader)];
    """
    whole = {"fires_at": AT, "detail": "", "sent_at": None, "snoozed_until": None} | reminder

    said, when = await js(source, {"reminder": whole, "reader": READER, "at": AT})

    assert said == words.format(when=when)
    assert when == "today 9:00"
