"""Find a chromium that is installed on this machine. Without one the browser tests are skipped."""

import os
import shutil

# As root there is no sandbox, and containers have 64 MB of /dev/shm: chromium crashes on both.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHY_SKIPPED = "no chromium found: install one (Debian: apt-get install chromium) or set CHROMIUM"


def find_chromium() -> str | None:
    """Return the path of a chromium, or None. CHROMIUM in the environment is tried first."""
    candidates = (os.environ.get("CHROMIUM"), *NAMES)
    return next((path for name in candidates if name and (path := shutil.which(name))), None)
