"""`./livelist up` with small stand-ins for API and worker. Run as a module, with a kind:

    steady     an API that is ready, a worker that waits
    crashing   a worker that prints a line and ends at once
    once       a worker that ends the first time only
    stubborn   a worker that ignores SIGTERM

Each stand-in prints `<name>=<pid>`, so that a test can check whether it has ended.
"""

import os
import sys
from collections.abc import Sequence

from console.commands.up import up
from console.processes.broker import Broker
from console.processes.supervisor import Program
from shared.settings import ROOT, Settings, load_settings

API = """
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
    def log_message(self, *words):
        pass
print(f"api={os.getpid()}", flush=True)
address = ("127.0.0.1", int(os.environ["PORT"]))
http.server.ThreadingHTTPServer(address, Ready).serve_forever()
"""

WORKERS = {
    "steady": "signal.pause()",
    "crashing": "sys.exit('the last words of the worker')",
    "once": """
mark = pathlib.Path(os.environ["DATA_DIR"]) / "ended once"
if not mark.exists():
    mark.touch()
    sys.exit("a failure at the start")
signal.pause()
""",
    "stubborn": """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("stubborn now", flush=True)
while True:
    signal.pause()
""",
}
START = "import os, pathlib, signal, sys\nprint(f'worker={os.getpid()}', flush=True)\n"


def stand_ins(kind: str, settings: Settings, broker: Broker) -> Sequence[Program]:
    """Return the stand-ins, with the environment of the real programs."""
    environment = {
        **os.environ,
        "PORT": str(settings.web.port),
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": broker.url,
    }

    def program(name: str, code: str) -> Program:
        # One second instead of 28, so that the stubborn worker is killed soon.
        command = (sys.executable, "-c", code)
        return Program(name, command, environment, stop_seconds=1.0, folder=ROOT)

    return [program("api", API), program("worker", START + WORKERS[kind])]


def main(kind: str) -> int:
    return up(
        load_settings(),
        make_programs=lambda settings, broker: stand_ins(kind, settings, broker),
        migrate=lambda settings: None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
