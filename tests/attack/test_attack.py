"""The attack at its quick size: the quick parts refuse what they must, and the count of a part finds faults.

`./livelist attack` runs all parts.
"""

import random
import re
from pathlib import Path

import pytest

from tests.attack.foreign_ids import KINDS
from tests.attack.parts import PARTS, Part, run_part
from tests.support.attack.json_cases import VALID, invalid_cases, mutated_case
from tests.support.attack.secrets import Secrets
from tests.support.attack.tally import Tally, exit_code, format_failures, format_table
from tests.support.attack.target import Target, open_target
from tests.support.features.wrong_input import body_fields, operations, query_fields

# The parts that take seconds. What is left, openapi-requests, takes half a minute or more.
QUICK = (
    "json-corpus", "socket-frames", "foreign-ids", "raw-requests", "caldav-requests", "mcp-requests",
    "sign-in", "canary-secrets",
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_short_attack_finds_nothing(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with open_target(database_url, redis_url, tmp_path, "1", seconds=1) as target:
        tallies = [await run_part(part, target) for part in PARTS if part.name in QUICK]

    assert [format_failures(tally) for tally in tallies if tally.failures] == []
    assert all(tally.tried > 10 and tally.refused for tally in tallies)
    assert exit_code(tallies) == 0


async def test_an_unexpected_error_is_a_failure_of_its_part() -> None:
    async def run(target: Target, tally: Tally) -> None:
        raise ConnectionError("closed")

    tally = await run_part(Part("broken", run), None)  # type: ignore[arg-type]

    assert [failure.text for failure in tally.failures] == ["ConnectionError: closed"]
    assert exit_code([tally]) == 1


async def test_a_part_of_which_nothing_was_refused_has_failed() -> None:
    class Alive:
        async def assert_alive(self) -> None:
            pass

    async def run(target: Target, tally: Tally) -> None:
        tally.tried += 2

    tally = await run_part(Part("idle", run), Alive())  # type: ignore[arg-type]

    assert [failure.text for failure in tally.failures] == [
        "2 attempts, none refused: the part itself does not work"
    ]


def test_the_table_counts_and_the_first_failure_of_a_kind_is_shown() -> None:
    tally = Tally("part", "sqlite", tried=3, refused=1)
    for number in (1, 2):
        with tally.attempt("the same"):
            raise AssertionError(f"answer {number}")

    assert format_table([tally]).splitlines()[1].split() == ["part", "sqlite", "5", "1", "2", "0.0"]
    assert format_failures(tally).splitlines()[0] == "  FAILED 2 x the same: answer 1"
    assert exit_code([tally]) == 1
    assert exit_code([]) == 1


def test_a_secret_is_found_unless_its_reader_may_have_it() -> None:
    secrets = Secrets(random.Random(1))
    value = secrets["password"]
    secrets.add("address", "a@example.com", "Ana")

    assert list(secrets.found_in(f"x{value}x", "Ana")) == ["password"]
    assert list(secrets.found_in("to a@example.com", "Ana")) == []
    assert list(secrets.found_in("to a@example.com", "log")) == ["address"]


def test_the_same_seed_makes_the_same_texts() -> None:
    first, second = random.Random(7), random.Random(7)

    assert [mutated_case(first) for _ in range(50)] == [mutated_case(second) for _ in range(50)]
    assert len({case.text for case in invalid_cases()}) > 100
    assert len(set(VALID)) == len(VALID)


def test_every_part_of_a_request_that_names_an_id_is_tried_with_foreign_ones() -> None:
    fields = [*body_fields(), *query_fields()]
    names = {next(step for step in reversed(each.path) if isinstance(step, str)) for each in fields}
    names |= {name for route, _ in operations() for name in re.findall(r"{(\w+)}", route)}

    ids = {name for name in names if name.endswith(("_id", "_ids")) or name == "ids"}

    assert "list_ids" in ids
    # A client is a program that registered itself: anybody may name any.
    assert ids - {"client_id"} <= KINDS.keys()
