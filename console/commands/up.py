"""`./livelist up`: broker, database, API and worker run on this machine until Ctrl-C.

    the folder is ours (a lock) → the port is free → migrate → broker → API and worker → ready

Everything that can be refused is refused before anything is started, in one sentence.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from console.commands.migrate import upgrade
from console.processes import broker as brokers
from console.processes.broker import Broker
from console.processes.startup_checks import CannotStartError, check_port, hold_folder
from console.processes.supervisor import GaveUpError, Program, Supervisor, say
from shared.settings import ROOT, Settings, SettingsError, load_settings

# A cold disk and a slow core import everything and byte-compile it in about 20 s.
READY_SECONDS = 60.0

DOORS = {"api": "api", "worker": "worker"}  # name → module that `python -m` runs

Programs = Callable[[Settings, Broker], Sequence[Program]]

HELP = """Usage: ./livelist up

Starts everything on this machine and stops it with Ctrl-C. Settings come from the environment
or .env, for example: PORT=8001 DATA_DIR=./other ./livelist up
"""


def run(arguments: list[str]) -> int:
    """Returns the exit code: 0 after Ctrl-C, 1 with a sentence when it could not start or go on."""
    if arguments:
        if arguments[0] in ("-h", "--help"):
            print(HELP, end="")
            return 0
        print(
            f"`up` does not know {arguments[0]!r}: settings come from the environment.\n\n{HELP}",
            end="",
            file=sys.stderr,
        )
        return 2
    try:
        return up(load_settings())
    except SettingsError as error:
        print(f"The settings are not usable:\n{error}", file=sys.stderr)
        return 1


def doors(settings: Settings, broker: Broker) -> Sequence[Program]:
    """Returns the programs beside the broker: API and worker, or both in one process."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database.url,
        "REDIS_URL": broker.url,
        "DATA_DIR": str(settings.data_dir.absolute()),
        "HOST": settings.web.host,
        "PORT": str(settings.web.port),
        "PUBLIC_URL": settings.web.public_url,
        # Lines of a child reach the terminal as they are printed.
        "PYTHONUNBUFFERED": "1",
    }
    modules = {"api": "console.processes.single_process"} if broker.in_one_process else DOORS
    return [
        Program(name, (sys.executable, "-m", module), environment, folder=ROOT)
        for name, module in modules.items()
    ]


def up(
    settings: Settings,
    programs: Programs = doors,
    migrate: Callable[[Settings], None] = upgrade,
) -> int:
    """Runs until a signal or a failure. Returns the exit code; nothing is left running."""
    try:
        with hold_folder(settings):
            check_port(settings)
            try:
                migrate(settings)
            except Exception as error:
                # Whatever a migration raises, the newcomer needs its words, not our stack.
                raise CannotStartError(f"The database could not be migrated: {error}") from error
            return asyncio.run(_serve(settings, programs))
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the supervisor listens to it
        return 130


async def _serve(settings: Settings, programs: Programs) -> int:
    """Starts all of it, waits for a signal or a failure, stops all of it. Returns the exit code."""
    supervisor = Supervisor(say)
    with _signals(supervisor) as asked:
        start = asyncio.create_task(_start(settings, programs, supervisor))
        waits = {start, asked, supervisor.failure}
        try:
            done, waits = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if done == {start} and start.exception() is None:
                done, waits = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if asked in done:
                say("Stopping.")
                return 0
            return _explain([one.exception() for one in done])
        finally:
            start.cancel()
            await supervisor.stop(tuple(DOORS))
            await supervisor.stop()
            # It names a port that anybody may take now.
            (settings.data_dir / "broker" / "url").unlink(missing_ok=True)


async def _start(settings: Settings, programs: Programs, supervisor: Supervisor) -> None:
    """Everything runs and the API says it is ready. Raises CannotStartError when it never does."""
    folder = settings.data_dir / "broker"
    broker = await asyncio.to_thread(brokers.resolve, settings.redis.url, folder)
    if broker.program is not None:
        supervisor.keep(broker.program)
        try:
            await brokers.wait_until_ready(broker)
        except TimeoutError:
            raise CannotStartError(
                f"The broker did not answer; its files are in {folder}"
            ) from None
    for program in programs(settings, broker):
        supervisor.keep(program)
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not await _is_ready(settings):
                await asyncio.sleep(0.1)  # unnoticeable to a person
    except TimeoutError:
        raise CannotStartError(
            f"The API was not ready after {READY_SECONDS:.0f} seconds; its lines above say why"
        ) from None
    say(_greeting(settings))


async def _is_ready(settings: Settings) -> bool:
    """Whether GET /health/ready answers 200."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  read, not bound
    host = loopback.get(settings.web.host, settings.web.host)
    lines = (
        "GET /health/ready HTTP/1.1",
        f"Host: localhost:{settings.web.port}",
        "Connection: close",
    )
    writer = None
    try:
        # It asks the database and the broker; it gives itself less than this.
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection(host, settings.web.port)
            writer.write("\r\n".join([*lines, "", ""]).encode())
            return b" 200 " in await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()


def _greeting(settings: Settings) -> str:
    address = settings.web.public_url
    mail = settings.mail.server or f"{address}/dev/mail"
    return f"""
Livelist is ready: {address}

  mail   {mail}
  data   {settings.data_dir.absolute()}
  stop   Ctrl-C
"""


@contextlib.contextmanager
def _signals(supervisor: Supervisor) -> Iterator["asyncio.Future[None]"]:
    """Yields a future that is done at the first signal; a second one kills every program."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[None] = loop.create_future()

    def hear() -> None:
        if asked.done():
            supervisor.kill()
        else:
            asked.set_result(None)

    heard = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in heard:
        loop.add_signal_handler(number, hear)
    try:
        yield asked
    finally:
        for number in heard:
            loop.remove_signal_handler(number)


def _explain(errors: Sequence[BaseException | None]) -> int:
    """Says why it ended, with the last words of a program that was given up. Returns 1."""
    for error in errors:
        if isinstance(error, GaveUpError):
            words = "\n".join(f"  {line}" for line in error.words) or "  (it said nothing)"
            print(f"\n{error}. Its last words:\n{words}", file=sys.stderr)
        elif isinstance(error, CannotStartError):
            print(error, file=sys.stderr)
        elif error is not None:
            raise error
    return 1
