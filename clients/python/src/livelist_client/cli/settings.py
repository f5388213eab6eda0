"""What the command keeps: the sign-in (private to its user), and names for the shell to complete.

$XDG_CONFIG_HOME/livelist/config.json    address and token, mode 0600
$XDG_CACHE_HOME/livelist/names.json      lists and open todos, mode 0600; rebuilt by every listing
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from livelist_client.errors import LivelistError

# As many todos as a person can choose from in a shell; the file stays small.
CACHED_TODOS = 500


class NotConfigured(LivelistError):
    """Nobody has signed in here."""


@dataclass
class Config:
    url: str
    token: str
    # Only of a sign-in by device flow.
    refresh_token: str = ""


@dataclass
class Names:
    """A copy of names that may be old: for completion and short ids, never for a decision."""

    lists: dict[str, str] = field(default_factory=dict)
    todos: dict[str, str] = field(default_factory=dict)


def config_path() -> Path:
    return _folder("XDG_CONFIG_HOME", ".config") / "config.json"


def names_path() -> Path:
    return _folder("XDG_CACHE_HOME", ".cache") / "names.json"


def _folder(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "")
    # The XDG specification: a relative path is ignored.
    root = Path(base) if os.path.isabs(base) else Path.home() / default
    return root / "livelist"


def read_config() -> Config:
    """Return the sign-in: from LIVELIST_URL and LIVELIST_TOKEN, else from the file."""
    url, token = os.environ.get("LIVELIST_URL"), os.environ.get("LIVELIST_TOKEN")
    if url and token:
        return Config(url, token)
    try:
        kept = json.loads(config_path().read_text())
        return Config(str(kept["url"]), str(kept["token"]), str(kept.get("refresh_token", "")))
    except FileNotFoundError:
        raise NotConfigured("Sign in first: livelist login https://…") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise NotConfigured(f"{config_path()} cannot be read: sign in again.") from None


def write_config(config: Config) -> None:
    _write(config_path(), asdict(config))


def delete_config() -> None:
    for path in (config_path(), names_path()):
        path.unlink(missing_ok=True)


def read_names() -> Names:
    """Return the cached names; none if there is no readable cache."""
    try:
        kept = json.loads(names_path().read_text())
        return Names(dict(kept["lists"]), dict(kept["todos"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Names()


def write_names(names: Names) -> None:
    names.todos = dict([*names.todos.items()][:CACHED_TODOS])
    try:
        _write(names_path(), asdict(names))
    except OSError:
        pass  # completion is a comfort: a full or read-only disk must not fail the command


def _write(path: Path, content: object) -> None:
    """Replace the file at once, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
