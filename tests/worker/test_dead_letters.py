"""Jobs that were given up: listed, tried again, forgotten, from the command line."""

import pytest

from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.services.smtp import SmtpServer
from tests.worker.scene import Bench, Scene
from tests.world import World
from worker.__main__ import QUESTIONS, ask, main


async def _ask(settings: Settings, *words: str) -> str:
    answer, code = await ask(settings, QUESTIONS[words[0]], words[1:])
    assert code == 0, answer
    return answer


async def test_a_dead_letter_can_be_listed_and_sent_after_all(
    world: World, scene: Scene, bench: Bench, smtp: SmtpServer, settings: Settings
) -> None:
    (job,) = await scene.messages(await world.person())
    smtp.refuse("550 5.1.1 no such user")
    await bench.round()

    listed = await _ask(settings, "dead")
    answer = await _ask(settings, "retry", job)
    await bench.round()

    assert job in listed
    assert "send_admin_message" in listed
    assert "the mail server answered 550" in listed
    assert answer == "1 queued again"
    assert (await scene.job(job)).state == "done"
    assert len(smtp.received) == 1


async def test_a_reminder_that_failed_can_be_sent_after_all(
    world: World, scene: Scene, bench: Bench, smtp: SmtpServer, settings: Settings
) -> None:
    ana = await world.person()
    todo_id = await scene.todo(await scene.make_list(ana))
    reminder = await scene.reminder(todo_id, ana.user_id, scene.now)
    smtp.refuse("550 no")
    await bench.round()
    failed = await scene.row(ReminderRow, reminder)

    await _ask(settings, "retry", "all")
    await bench.round()

    assert failed.state == "failed"
    assert (await scene.row(ReminderRow, reminder)).state == "sent"
    assert len(smtp.received) == 1


async def test_discarding_forgets_dead_letters_and_nothing_else(
    world: World, scene: Scene, settings: Settings, resources: Resources
) -> None:
    dead, queued = await scene.messages(await world.person(), 2)
    await scene.change(JobRow, dead, state="dead", finished_at=scene.now)

    refused = await _ask(settings, "discard", queued)
    answer = await _ask(settings, "discard", "all")

    assert refused == "0 discarded"
    assert answer == "1 discarded"
    assert await scene.job(dead) is None
    assert (await scene.job(queued)).state == "queued"
    assert await _ask(settings, "dead") == "none"


@pytest.mark.parametrize("words", [["retry"], ["discard"], ["dead", "x"], ["dance"]])
def test_a_word_it_does_not_know_gets_the_list_of_those_it_does(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "discard ID" in capsys.readouterr().err
