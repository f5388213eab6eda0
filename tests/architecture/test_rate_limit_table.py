"""docs/security.md lists the rate limits of the API, each with its numbers."""

import re
from collections import Counter

from api.http import rate_limits
from api.http.rate_limiter import Limit
from shared.settings import ROOT

PERIODS = {300: "5 minutes", 900: "15 minutes", 3600: "an hour"}


def test_the_table_has_each_rate_limit_and_no_other() -> None:
    text = (ROOT / "docs/security.md").read_text()
    table = text.partition("## Rate limits\n")[2].partition("\n### ")[0]

    documented = Counter(re.findall(r"([\d,]+ in (?:an hour|\d+ minutes))", table))

    limits = [limit for limit in vars(rate_limits).values() if isinstance(limit, Limit)]
    in_code = Counter(
        f"{limit.max_attempts:,} in {PERIODS[limit.window_seconds]}" for limit in limits
    )
    # Several limits have the same numbers, and so as many rows.
    assert documented == in_code
