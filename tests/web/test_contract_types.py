"""The files of the web client that are generated from the contract."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.openapi.typescript_types import FILES


@pytest.mark.parametrize(("file", "source"), FILES.items(), ids=[file.name for file in FILES])
def test_a_generated_file_of_the_client_is_up_to_date(
    file: Path, source: Callable[[], str]
) -> None:
    assert file.read_text() == source(), (
        f"{file.name} is stale: run `.venv/bin/python -m api.openapi.typescript_types`"
    )
