"""Requests that are sent several times, and todos that move between lists."""

import asyncio
import contextlib
import random
from collections import Counter
from functools import partial

import httpx

from livelist_client import State
from shared.contract.shapes import Role
from shared.errors import DomainError
from shared.ids import TodoId, new_id
from shared.todos.commands.create import create_todo
from shared.todos.commands.move import move_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.faults.api_nodes import open_two_nodes, rest_client
from tests.support.faults.delivery_count import (
    assert_no_resets,
    assert_states_match_database,
    connected_clients,
    connected_clients_with_state,
    count_deliveries,
)
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.realtime.websocket_client import insert_list

RETRIES = 50


async def moves_between_lists(env: ScenarioEnv) -> Outcome:
    """Todos move between two lists; one reader is in both lists, the others are in one each."""
    in_both, in_first, in_second = [await env.world.user(name) for name in ("Ana", "Ben", "Eva")]
    first = await env.world.list(in_both, (in_first, Role.EDITOR), name="First")
    second = await env.world.list(in_both, (in_second, Role.EDITOR), name="Second")
    todos = [
        TodoId(
            (
                await env.world.run(create_todo, in_both, first, NewTodo(title=f"{n}"), Placement())
            ).id
        )
        for n in range(6)
    ]
    actors = [in_both, in_first, in_second, in_both]
    async with (
        open_two_nodes(env) as nodes,
        connected_clients_with_state(env, nodes, actors) as clients,
    ):

        async def move_todos(rng: random.Random) -> None:
            for _ in range(env.size(80, 12)):
                placement = (
                    Placement(before_id=rng.choice(todos)) if rng.random() < 0.3 else Placement()
                )
                target = rng.choice([first, second])
                # Refused, without an event, if the neighbour is in the other list by now.
                with contextlib.suppress(DomainError):
                    await env.world.run(move_todo, in_both, rng.choice(todos), target, placement)

        await asyncio.gather(*(move_todos(random.Random(env.random.random())) for _ in range(4)))
        outcome = await count_deliveries([clients[0], clients[3]], first, second)
        outcome += await count_deliveries([clients[1]], first)
        outcome += await count_deliveries([clients[2]], second)
        await assert_states_match_database(clients)
        assert_no_resets(clients)
        _assert_each_todo_is_in_one_list(clients[0].state, todos)
    return outcome


def _assert_each_todo_is_in_one_list(state: State | None, todos: list[TodoId]) -> None:
    assert state is not None
    found = Counter(todo_id for content in state.contents.values() for todo_id in content.todos)
    assert found == Counter(todos), f"the lists hold {found}"


async def idempotency_key_retries(env: ScenarioEnv) -> Outcome:
    """One request sent fifty times at once to two nodes: one todo, one event, fifty equal answers."""
    ana = await env.world.user()
    list_id, _ = await insert_list(env.resources, ana)
    rounds, replayed = env.size(20, 2), 0
    async with (
        open_two_nodes(env) as nodes,
        connected_clients(env, nodes, [ana, ana], list_id) as clients,
        rest_client(nodes[0], env, ana) as first,
        rest_client(nodes[1], env, ana) as second,
    ):
        for number in range(rounds):
            body = {"list_id": list_id, "title": f"Milk {number}"}
            send = partial(_send, body, {"Idempotency-Key": new_id()})
            answers = await asyncio.gather(*(send((first, second)[n % 2]) for n in range(RETRIES)))
            codes = Counter(answer.status_code for answer in answers)
            assert codes.keys() == {201}, f"{codes}"
            assert len({answer.content for answer in answers}) == 1, "answers differ"
            replayed += sum("Idempotency-Replayed" in answer.headers for answer in answers)
        outcome = await count_deliveries(
            clients, list_id, note=f"{replayed} of {rounds * RETRIES} replayed"
        )
    assert outcome.expected == rounds * len(clients), (
        f"{outcome.expected} events, {rounds} requests"
    )
    assert replayed == rounds * (RETRIES - 1), f"{replayed} were replayed"
    return outcome


async def _send(
    body: dict[str, str], headers: dict[str, str], http: httpx.AsyncClient
) -> httpx.Response:
    """Return the answer to the request, which is sent again while the node answers 503."""
    while True:
        answer = await http.post("/todos", json=body, headers=headers)
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(0.2)


SCENARIOS = (
    Scenario("moves-between-lists", "a move between lists", moves_between_lists),
    Scenario("idempotency-key-retries", "the same key retried 50 times", idempotency_key_retries),
)
