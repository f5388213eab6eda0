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
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.faults.realtime.nodes import rest
from tests.support.faults.api_nodes import open_two_nodes
from tests.support.faults.delivery_count import (
    assert_no_resets,
    assert_states_match_database,
    connected_clients,
    connected_clients_with_state,
    count_deliveries,
)
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.reference_client import ReferenceClient
from tests.support.realtime.websocket_client import a_list

RETRIES = 50


async def moves(env: ScenarioEnv) -> Outcome:
    """Todos wander between lists under three readers: of both lists, of the one, of the other."""
    both, one, other = [await env.world.user(name) for name in ("Ana", "Ben", "Eva")]
    here = await env.world.list(both, (one, Role.EDITOR), name="Here")
    there = await env.world.list(both, (other, Role.EDITOR), name="There")
    todos = [
        TodoId(
            (
                await env.world.do(create_todo, both, here, NewTodo(title=f"{number}"), Placement())
            ).id
        )
        for number in range(6)
    ]
    async with (
        open_two_nodes(env) as nodes,
        connected_clients_with_state(env, nodes, [both, one, other, both]) as followers,
    ):

        async def wander(dice: random.Random) -> None:
            for _ in range(env.size(80, 12)):
                placement = (
                    Placement(before_id=dice.choice(todos)) if dice.random() < 0.3 else Placement()
                )
                target = dice.choice([here, there])
                try:
                    await env.world.do(move_todo, both, dice.choice(todos), target, placement)
                except DomainError:
                    # The neighbour is in the other list by now: refused, and nothing recorded.
                    refused[0] += 1

        refused = [0]
        await asyncio.gather(*(wander(random.Random(env.random.random())) for _ in range(4)))
        outcome = await count_deliveries([followers[0], followers[3]], here, there)
        outcome += await count_deliveries([followers[1]], here)
        outcome += await count_deliveries([followers[2]], there)
        await assert_states_match_database(followers)
        assert_no_resets(followers)
        _assert_each_todo_is_in_one_list(followers[0].state, todos)
    return outcome


def _assert_each_todo_is_in_one_list(state: ReferenceClient | None, todos: list[TodoId]) -> None:
    assert state is not None
    places = Counter(one for content in state.contents.values() for one in content.todos)
    assert places == Counter(todos), f"todos are in {places}"


async def same_key(env: ScenarioEnv) -> Outcome:
    """One wish, sent fifty times at once to two nodes: one todo, one event, fifty equal answers."""
    ana = await env.world.user()
    list_id, _ = await a_list(env.resources, ana)
    rounds, replayed = env.size(20, 2), 0
    async with (
        open_two_nodes(env) as nodes,
        connected_clients(env, nodes, [ana, ana], list_id) as ears,
        rest(nodes[0], env, ana) as one,
        rest(nodes[1], env, ana) as two,
    ):
        for number in range(rounds):
            body = {"list_id": list_id, "title": f"Milk {number}"}
            send = partial(_send, body, {"Idempotency-Key": new_id()})
            answers = await asyncio.gather(*(send((one, two)[n % 2]) for n in range(RETRIES)))
            codes = Counter(answer.status_code for answer in answers)
            assert codes.keys() == {201}, f"{codes}"
            assert len({answer.content for answer in answers}) == 1, "answers differ"
            replayed += sum("Idempotency-Replayed" in answer.headers for answer in answers)
        outcome = await count_deliveries(
            ears, list_id, note=f"{replayed} of {rounds * RETRIES} replayed"
        )
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
