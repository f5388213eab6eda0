"""Every field of a todo is complete: stored, editable, shown. Each message names what is missing.

docs/contributing/add-a-field.md lists the places where a field is described.
"""

import re
from typing import Any

import pytest
from sqlalchemy import inspect

from api.routes.todos.todo_bodies import BulkChangesBody, EditBody, NewTodoBody
from shared.contract.shapes import TodoShape
from shared.contract.todo_fields import empty_value, is_nullable
from shared.database.engine import open_engine
from shared.settings import ROOT
from shared.tables.todos import TodoRow
from shared.todos.queries.shapes import COMPUTED_FIELDS, STORED_FIELDS
from shared.todos.rules.todo_edits import EditableFields
from tests.support.features.list_builder import OWNER, ListBuilder
from tests.support.world_builder import World

# The fields that no client writes directly.
SET_BY_SERVER = {
    "id", "list_id", "due_at", "rank", "comment_count", "attachment_count", "completed_at", "completed_by",
    "deleted_at", "version", "created_by", "created_at", "updated_at",
}  # fmt: skip
# The fields that the web client never says in words, and why.
WITHOUT_WORDS = {
    "metadata": "programs write it; the web client does not show it",
    "parent_id": "the web client sets it only when it creates a subtask",
}
# Values to write, for the fields whose schema does not say enough to make one up.
EXAMPLES: dict[str, Any] = {
    "title": "Oat milk",
    "status": "in_progress",
    "due": {"date": "2030-06-04"},
    "repeat": {"rule": "FREQ=DAILY"},
}
WORDS = "web/format/overwrites.js"
EDITABLE = sorted(EditableFields.model_fields)


@pytest.mark.parametrize("field", TodoShape.model_fields)
def test_a_field_of_the_shape_is_stored(field: str) -> None:
    assert field in (*STORED_FIELDS, *COMPUTED_FIELDS), (
        f"TodoShape.{field} has no column. Add TodoRow.{field} to shared/tables/todos.py, "
        "and a migration."
    )


@pytest.mark.parametrize("field", STORED_FIELDS)
def test_a_stored_field_is_nullable_in_the_table_if_it_is_in_the_shape(field: str) -> None:
    annotation = TodoShape.model_fields[field].annotation

    assert TodoRow.__table__.c[field].nullable == is_nullable(annotation), (
        f"TodoRow.{field} and TodoShape.{field} must both be nullable, or neither: a todo from before "
        "the field could not be read."
    )


async def test_the_migrations_add_every_column(builder: ListBuilder) -> None:
    engine = open_engine(builder.resources.settings.database)
    async with engine.connect() as connection:
        columns = await connection.run_sync(lambda sync: inspect(sync).get_columns("todos"))

    missing = set(TodoRow.__table__.c.keys()) - {column["name"] for column in columns}
    assert not missing, (
        f"No migration adds todos.{sorted(missing)}. Write one: migrations/versions/."
    )


@pytest.mark.parametrize("field", TodoShape.model_fields)
def test_a_field_of_the_shape_is_editable_or_set_by_the_server(field: str) -> None:
    assert field in SET_BY_SERVER or field in EditableFields.model_fields, (
        f"TodoShape.{field} is in no edit body. Add it to TodoFields in "
        "shared/contract/todo_fields.py, or to SET_BY_SERVER in this test if clients do not "
        "write it."
    )


@pytest.mark.parametrize("field", EDITABLE)
def test_an_editable_field_is_in_the_shape_and_in_every_body(field: str) -> None:
    assert field in TodoShape.model_fields, (
        f"EditableFields.{field} is not in TodoShape. Add it to shared/contract/shapes.py."
    )
    for body in (NewTodoBody, EditBody, BulkChangesBody):
        assert field in body.model_fields, f"Add {field} to {body.__name__} in api/routes."


@pytest.mark.parametrize("field", EDITABLE)
def test_the_web_client_has_words_for_an_editable_field(field: str) -> None:
    has_words = re.search(rf"^  {field}: ", (ROOT / WORDS).read_text(), re.MULTILINE)

    assert has_words or field in WITHOUT_WORDS, (
        f"The web client has no words for {field}. Add it to FIELDS in {WORDS}, or to "
        "WITHOUT_WORDS in this test if the client does not show it."
    )


@pytest.mark.parametrize("field", EDITABLE)
async def test_an_editable_field_is_written_and_read_back_everywhere(
    builder: ListBuilder, world: World, field: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    references = {
        "assignees": [ana.user_id],
        "labels": [await builder.make_label(home, "Shop")],
        "parent_id": (await builder.add_todo(ana, home, "Parent"))["id"],
    }
    example = references[field] if field in references else example_of(field)
    # With a due date, which a repeat rule counts from.
    todo = await builder.add_todo(ana, home, due={"date": "2030-06-01"})
    path = f"/todos/{todo['id']}"

    edited = await builder.request(ana, "PATCH", path, {field: example})

    assert edited.status_code == 200, edited.text
    value = edited.json()[field]
    assert value == example or value.items() > example.items()
    event = (await builder.events(home))[-1]
    assert event["data"]["changed"] == [field]
    snapshot = (await builder.request(ana, "GET", f"/lists/{home}/snapshot")).json()
    [in_snapshot] = [item for item in snapshot["todos"] if item["id"] == todo["id"]]
    read = (await builder.request(ana, "GET", path)).json()
    assert read == in_snapshot == event["data"]["todo"]
    assert read[field] == value
    created = await builder.add_todo(ana, home, **{"due": {"date": "2030-06-01"}, field: example})
    assert created[field] == value


@pytest.mark.parametrize("field", sorted(set(EDITABLE) - {"title", "status"}))
async def test_null_clears_an_editable_field(
    builder: ListBuilder, world: World, field: str
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list({ana: OWNER})
    todo = await builder.add_todo(ana, home)

    cleared = await builder.request(ana, "PATCH", f"/todos/{todo['id']}", {field: None})

    assert cleared.json()[field] == empty_value(field) == todo[field]


def example_of(field: str) -> Any:
    """Return a valid value of a field, made up from its JSON schema."""
    if field in EXAMPLES:
        return EXAMPLES[field]
    schema = EditBody.model_json_schema()["properties"][field]
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    match choices[0]:
        case {"type": "integer" | "number"} as number:
            return max(number.get("minimum", 1), min(number.get("maximum", 3), 3))
        case {"type": "boolean"}:
            return True
        case {"type": "string", **rest} if not rest.keys() & {"enum", "format", "pattern"}:
            return "Two litres"
        case {"type": "object"}:
            return {"shop": {"aisle": 3}}
    raise AssertionError(f"No value of {field} can be made up. Add one to EXAMPLES in this test.")
