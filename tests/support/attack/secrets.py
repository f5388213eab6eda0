"""Secrets that occur nowhere else, so that finding one of them in a text proves a leak."""

import random
from collections.abc import Iterator
from string import ascii_lowercase, digits


class Secrets:
    """Secrets by name. Asking for a new name makes one; `add` takes one that the server made."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng
        self._values: dict[str, str] = {}
        self._readers: dict[str, frozenset[str]] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._values:
            # Long enough for SECRET_KEY, and short enough for a password.
            letters = "".join(self._random.choices(ascii_lowercase + digits, k=40))
            self.add(name, f"Cy{letters}")
        return self._values[name]

    def add(self, name: str, value: str, *readers: str) -> None:
        """Add a secret that only `readers` may receive."""
        self._values[name] = value
        self._readers[name] = frozenset(readers)

    def found_in(self, text: str, reader: str) -> Iterator[str]:
        """Yield the name of each secret in a text that was sent to `reader`, who must not see it."""
        for name, value in self._values.items():
            if value in text and reader not in self._readers[name]:
                yield name

    def __len__(self) -> int:
        return len(self._values)
