"""The wire types that the web client's comments import."""

from api.openapi import typescript_types


def test_the_wire_types_of_the_client_are_those_of_the_documents() -> None:
    assert typescript_types.FILE.read_text() == typescript_types.source(), (
        "stale: run `python -m api.openapi.typescript_types`"
    )
