"""Name the browser and the system of a User-Agent header, as users call them. Pure.

The header is what the client says: enough for users to recognise their own devices, and no proof.
"""

import re

from shared.languages.texts import Message, message

# The first that matches counts: Edge also says that it is Chrome, and Chrome that it is Safari.
_BROWSERS = (
    (re.compile(r"\bEdg(?:A|iOS)?/"), "Edge"),
    (re.compile(r"\b(?:OPR|Opera|OPiOS)/"), "Opera"),
    (re.compile(r"\bSamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"\b(?:Firefox|FxiOS)/"), "Firefox"),
    (re.compile(r"\b(?:Chrome|CriOS|Chromium)/"), "Chrome"),
    (re.compile(r"\bSafari/"), "Safari"),
)
# Android also says Linux, and an iPhone "like Mac OS X".
_SYSTEMS = (
    (re.compile(r"\biPhone\b"), "iPhone"),
    (re.compile(r"\biPad\b"), "iPad"),
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\bMac(?:intosh| OS)\b"), "macOS"),
    (re.compile(r"\bLinux\b"), "Linux"),
)
# The name of a program that is no browser. Without dots: mail programs make links of domains.
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,29}")
_UNKNOWN = "An unknown program"


def device_name(user_agent: str) -> str:
    """Return, for example, "Firefox on Linux", "curl" or "An unknown program"."""
    browser = _first(_BROWSERS, user_agent)
    if browser is None:
        return _program(user_agent)
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def device_text(name: str) -> Message | str:
    """Return the name of a device as a text that can be translated."""
    browser, _, system = name.partition(" on ")
    if system:
        return message("{browser} on {system}", browser=browser, system=system)
    return message("An unknown program") if name == _UNKNOWN else name


def _program(user_agent: str) -> str:
    """Return the first product of the header, as scripts and apps name themselves."""
    product = user_agent.partition("/")[0].partition(" ")[0]
    if product == "Mozilla" or not _PROGRAM.fullmatch(product):
        return _UNKNOWN
    return product


def _first(names: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str | None:
    return next((name for pattern, name in names if pattern.search(text)), None)
