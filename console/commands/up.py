"""`./livelist up`: run broker, API and worker on this machine until Ctrl-C.

    lock the data folder → check the port → migrate → broker → API and worker → ready

What can fail is checked before anything is started, and a failure is one sentence.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from console.processes import broker as brokers
from console.processes.broker import Broker
from console.processes.startup_checks import CannotStartError, check_port_is_free, lock_data_dir
from console.processes.supervisor import CrashLoopError, Program, Supervisor, print_line
from console.schema.upgrade import upgrade
from shared.host import open_files
from shared.settings import ROOT, Settings, SettingsError, load_settings, misspelled_settings

# On a cold disk and a slow core, importing and byte-compiling everything takes about 20 s.
READY_TIMEOUT_SECONDS = 60.0

MODULES = {"api": "api", "worker": "worker"}  # name of the program → module for `python -m`

MakePrograms = Callable[[Settings, Broker], Sequence[Program]]

HELP = """Usage: ./livelist up

Starts everything on this machine and stops it with Ctrl-C. Settings come from the environment
or .env, for example: PORT=8001 DATA_DIR=./other ./livelist up
"""


def run(arguments: list[str]) -> int:
    """Return the exit code: 0 after Ctrl-C, 1 after a printed failure, 2 for unknown options."""
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
        settings = load_settings()
        # Here, because API and worker get the address of the database under its right name.
        for sentence in misspelled_settings():
            print(sentence, file=sys.stderr)
        return up(settings)
    except SettingsError as error:
        print(f"The settings are not usable:\n{error}", file=sys.stderr)
        return 1


def make_programs(settings: Settings, broker: Broker) -> Sequence[Program]:
    """Return API and worker as programs, or one program for both if the broker is in memory."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database.url,
        "REDIS_URL": broker.url,
        "DATA_DIR": str(settings.data_dir.absolute()),
        "HOST": settings.web.host,
        "PORT": str(settings.web.port),
        "PUBLIC_URL": settings.web.public_url,
        # The lines of a program reach the terminal as they are printed.
        "PYTHONUNBUFFERED": "1",
    }
    modules = {"api": "console.processes.single_process"} if broker.is_in_memory else MODULES
    return [
        Program(name, (sys.executable, "-m", module), environment, folder=ROOT)
        for name, module in modules.items()
    ]


def up(
    settings: Settings,
    make_programs: MakePrograms = make_programs,
    migrate: Callable[[Settings], None] = upgrade,
) -> int:
    """Run everything until a signal or a failure, and stop it. Return the exit code."""
    # For the programs too, which inherit it.
    open_files.raise_limit()
    try:
        with lock_data_dir(settings):
            check_port_is_free(settings)
            try:
                migrate(settings)
            except Exception as error:
                # Whatever a migration raises: a newcomer needs its message, not our stack trace.
                raise CannotStartError(f"The database could not be migrated: {error}") from error
            return asyncio.run(_serve(settings, make_programs))
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before our signal handlers were installed
        return 130


async def _serve(settings: Settings, make_programs: MakePrograms) -> int:
    """Start everything, wait for a signal or a failure, stop everything. Return the exit code."""
    supervisor = Supervisor(print_line)
    with _handle_signals(supervisor) as stop_requested:
        start = asyncio.create_task(_start(settings, make_programs, supervisor))
        waits = {start, stop_requested, supervisor.failure}
        try:
            done, waits = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if done == {start} and start.exception() is None:
                done, waits = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if stop_requested in done:
                print_line("Stopping.")
                return 0
            return _print_failure([future.exception() for future in done])
        finally:
            start.cancel()
            # The broker last: API and worker use it while they stop.
            await supervisor.stop(tuple(MODULES))
            await supervisor.stop()
            # The port in it is free for other programs from now on.
            (settings.data_dir / "broker" / "url").unlink(missing_ok=True)


async def _start(settings: Settings, make_programs: MakePrograms, supervisor: Supervisor) -> None:
    """Start everything and wait until the API is ready. Raise CannotStartError."""
    folder = settings.data_dir / "broker"
    broker = await asyncio.to_thread(brokers.choose_broker, settings.redis.url, folder)
    if broker.program is not None:
        supervisor.start(broker.program)
        try:
            await brokers.wait_until_ready(broker)
        except TimeoutError:
            raise CannotStartError(
                f"The broker did not answer; its files are in {folder}"
            ) from None
    for program in make_programs(settings, broker):
        supervisor.start(program)
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            while not await _is_ready(settings):
                await asyncio.sleep(0.1)  # too short for a user to notice
    except TimeoutError:
        raise CannotStartError(
            f"The API was not ready after {READY_TIMEOUT_SECONDS:.0f} seconds; its lines above say why"
        ) from None
    print_line(_ready_message(settings))


async def _is_ready(settings: Settings) -> bool:
    """Return True if GET /health/ready answers 200."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound
    host = loopback.get(settings.web.host, settings.web.host)
    lines = (
        "GET /health/ready HTTP/1.1",
        f"Host: localhost:{settings.web.port}",
        "Connection: close",
    )
    writer = None
    try:
        # Longer than the API waits for the database and the broker.
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection(host, settings.web.port)
            writer.write("\r\n".join([*lines, "", ""]).encode())
            return b" 200 " in await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        if writer is not None:
            writer.close()


def _ready_message(settings: Settings) -> str:
    address = settings.web.public_url
    mail = settings.mail.server or f"{address}/dev/mail (nothing is sent: MAIL_SERVER is not set)"
    return f"""
Livelist is ready: {address}

  mail   {mail}
  data   {settings.data_dir.absolute()}
  stop   Ctrl-C
"""


@contextlib.contextmanager
def _handle_signals(supervisor: Supervisor) -> Iterator["asyncio.Future[None]"]:
    """Yield a future that is done at the first signal; a second signal kills every program."""
    loop = asyncio.get_running_loop()
    stop_requested: asyncio.Future[None] = loop.create_future()

    def on_signal() -> None:
        if stop_requested.done():
            supervisor.kill()
        else:
            stop_requested.set_result(None)

    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in handled:
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop_requested
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def _print_failure(errors: Sequence[BaseException | None]) -> int:
    """Print why everything ends, with the last output of a program that crashed. Return 1."""
    for error in errors:
        if isinstance(error, CrashLoopError):
            output = "\n".join(f"  {line}" for line in error.last_output) or "  (no output)"
            print(f"\n{error}. Its last output:\n{output}", file=sys.stderr)
        elif isinstance(error, CannotStartError):
            print(error, file=sys.stderr)
        elif error is not None:
            raise error
    return 1
