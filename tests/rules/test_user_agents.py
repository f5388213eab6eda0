"""The names of browsers and systems in User-Agent headers."""

import pytest

from shared.accounts.user_agents import device_name, device_text
from shared.languages.texts import translator


def webkit(system: str, products: str) -> str:
    return f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {products}"


def gecko(system: str) -> str:
    return f"Mozilla/5.0 ({system}; rv:144.0) Gecko/20100101 Firefox/144.0"


CHROME = "Chrome/141.0.0.0 Safari/537.36"
MOBILE = "Mobile/15E148 Safari/604.1"
IPHONE = "iPhone; CPU iPhone OS 18_7 like Mac OS X"
MAC = "Macintosh; Intel Mac OS X 10_15_7"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (webkit("X11; Linux x86_64", CHROME), "Chrome on Linux"),
        (webkit("X11; CrOS x86_64 16181.61.0", CHROME), "Chrome on ChromeOS"),
        (webkit("Linux; Android 10; K", CHROME), "Chrome on Android"),
        (webkit("Windows NT 10.0; Win64; x64", f"{CHROME} Edg/141.0"), "Edge on Windows"),
        (webkit(MAC, f"{CHROME} OPR/122.0"), "Opera on macOS"),
        (
            webkit("Linux; Android 15", f"SamsungBrowser/28.0 {CHROME}"),
            "Samsung Internet on Android",
        ),
        (webkit(MAC, "Version/18.6 Safari/605.1.15"), "Safari on macOS"),
        (webkit(IPHONE, f"Version/18.6 {MOBILE}"), "Safari on iPhone"),
        (webkit(IPHONE, f"FxiOS/144.0 {MOBILE}"), "Firefox on iPhone"),
        (webkit("iPad; CPU OS 18_7 like Mac OS X", f"CriOS/141.0 {MOBILE}"), "Chrome on iPad"),
        (gecko("Macintosh; Intel Mac OS X 10.15"), "Firefox on macOS"),
        (gecko("Android 15; Mobile"), "Firefox on Android"),
        (gecko("FreeBSD amd64"), "Firefox"),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("Laptop", "Laptop"),
        ("", "An unknown program"),
        ("Mozilla/5.0 (compatible)", "An unknown program"),
        ("evil.example/1.0 visit", "An unknown program"),
        ("<b>/1", "An unknown program"),
        ("a" * 31, "An unknown program"),
    ],
)
def test_a_device_is_named_as_users_call_it(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


@pytest.mark.parametrize(
    ("name", "german"),
    [
        ("Safari on Linux", "Safari auf Linux"),
        ("An unknown program", "Ein unbekanntes Programm"),
        ("curl", "curl"),
        ("", ""),
    ],
)
def test_a_device_is_named_in_the_language_of_the_reader(name: str, german: str) -> None:
    assert translator("de").of(device_text(name)) == german
