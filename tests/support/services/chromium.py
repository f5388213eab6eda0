"""Finds a chromium that is already on this machine; browser journeys skip where there is none."""

import os
import shutil

# Root has no sandbox, and containers give /dev/shm 64 MB: chromium would crash on both.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHY_SKIPPED = "no chromium found: install one (Debian: apt-get install chromium) or set CHROMIUM"


def find_chromium() -> str | None:
    """Returns the path of a chromium, or None. CHROMIUM in the environment goes first."""
    candidates = (os.environ.get("CHROMIUM"), *NAMES)
    return next((found for name in candidates if name and (found := shutil.which(name))), None)
