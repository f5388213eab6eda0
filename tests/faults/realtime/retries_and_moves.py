"""What clients wish twice, or in two lists at once."""

import asyncio
import random
from collections import Counter
from functools import partial

import httpx

from shared.contract.shapes import Role
from shared.errors import DomainError
from shared.ids import TodoId, new_id
from shared.todos.commands.create import create_todo
from shared.todos.commands.move import move_todo
from shared.todos.rules.todo_edits import NewTodo, Spot
from tests.faults.realtime.nodes import rest
from tests.support.faults.api_nodes import two_nodes
from tests.support.faults.delivery_count import (
    assert_no_resets,
    assert_states_are_true,
    followers_of,
    followers_with_state,
    tally,
)
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.realtime.reference_client import ReferenceClient
from tests.support.realtime.websocket_client import a_list

RETRIES = 50


async def moves(stage: Stage) -> Outcome:
    """Todos wander between lists under three readers: of both lists, of the one, of the other."""
    both, one, other = [await stage.world.user(name) for name in ("Ana", "Ben", "Eva")]
    here = await stage.world.list(both, (one, Role.EDITOR), name="Here")
    there = await stage.world.list(both, (other, Role.EDITOR), name="There")
    todos = [
        TodoId(
            (await stage.world.do(create_todo, both, here, NewTodo(title=f"{number}"), Spot())).id
        )
        for number in range(6)
    ]
    async with (
        two_nodes(stage) as nodes,
        followers_with_state(stage, nodes, [both, one, other, both]) as followers,
    ):

        async def wander(dice: random.Random) -> None:
            for _ in range(stage.size(80, 12)):
                spot = Spot(before_id=dice.choice(todos)) if dice.random() < 0.3 else Spot()
                target = dice.choice([here, there])
                try:
                    await stage.world.do(move_todo, both, dice.choice(todos), target, spot)
                except DomainError:
                    # The neighbour is in the other list by now: refused, and nothing recorded.
                    refused[0] += 1

        refused = [0]
        await asyncio.gather(*(wander(random.Random(stage.random.random())) for _ in range(4)))
        outcome = await tally([followers[0], followers[3]], here, there)
        outcome += await tally([followers[1]], here)
        outcome += await tally([followers[2]], there)
        await assert_states_are_true(followers)
        assert_no_resets(followers)
        _assert_each_todo_is_in_one_list(followers[0].state, todos)
    return outcome


def _assert_each_todo_is_in_one_list(state: ReferenceClient | None, todos: list[TodoId]) -> None:
    assert state is not None
    places = Counter(one for content in state.contents.values() for one in content.todos)
    assert places == Counter(todos), f"todos are in {places}"


async def same_key(stage: Stage) -> Outcome:
    """One wish, sent fifty times at once to two nodes: one todo, one event, fifty equal answers."""
    ana = await stage.world.user()
    list_id, _ = await a_list(stage.resources, ana)
    rounds, replayed = stage.size(20, 2), 0
    async with (
        two_nodes(stage) as nodes,
        followers_of(stage, nodes, [ana, ana], list_id) as ears,
        rest(nodes[0], stage, ana) as one,
        rest(nodes[1], stage, ana) as two,
    ):
        for number in range(rounds):
            body = {"list_id": list_id, "title": f"Milk {number}"}
            send = partial(_send, body, {"Idempotency-Key": new_id()})
            answers = await asyncio.gather(*(send((one, two)[n % 2]) for n in range(RETRIES)))
            codes = Counter(answer.status_code for answer in answers)
            assert codes.keys() == {201}, f"{codes}"
            assert len({answer.content for answer in answers}) == 1, "answers differ"
            replayed += sum("Idempotency-Replayed" in answer.headers for answer in answers)
        outcome = await tally(ears, list_id, note=f"{replayed} of {rounds * RETRIES} replayed")
    assert outcome.expected == rounds * len(ears), f"{outcome.expected} events of {rounds} wishes"
    assert replayed == rounds * (RETRIES - 1), f"{replayed} were replayed"
    return outcome


async def _send(
    body: dict[str, str], headers: dict[str, str], http: httpx.AsyncClient
) -> httpx.Response:
    """Returns the answer to the wish, sent again for as long as the node says that it is busy."""
    while True:
        answer = await http.post("/todos", json=body, headers=headers)
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(0.2)


SCENARIOS = (
    Scenario("moves", "a move between lists", moves),
    Scenario("same-key", "the same key retried 50 times", same_key),
)
