"""Run an S3 server (moto) with one bucket in its memory: a process of its own.

    python -m tests.support.services.s3 PORT

Prints "ready" when it listens.
"""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from botocore.session import Session
from moto.server import ThreadedMotoServer

from console.processes.broker import free_port
from tests.support.services.processes import running

BUCKET, KEY_ID, SECRET = "livelist-files", "AKIDEXAMPLE", "the-secret-of-the-bucket"


@dataclass(frozen=True)
class S3Server:
    port: int

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a site that keeps its files here."""
        return {
            "attachments_s3_bucket": BUCKET,
            "attachments_s3_endpoint": f"http://127.0.0.1:{self.port}",
            "attachments_s3_key_id": KEY_ID,
            "attachments_s3_secret": SECRET,
        }


@asynccontextmanager
async def s3_server() -> AsyncIterator[S3Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.support.services.s3", str(port)]
    async with running("s3", command, dict(os.environ)) as process:
        await process.wait_for_line("ready")
        yield S3Server(port)


def main(port: int) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    client = Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
    )
    client.create_bucket(Bucket=BUCKET)
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]))
