"""The emulator's own process: `python -m local.server <listening socket> <folder>`, started by `local.emulator`.

It lives no longer than its parent: standard input is a pipe that the parent holds open, and its end, which comes
even when the parent is killed, is the signal to stop. The pipe's first line is the root key.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local import restarts
from local.guard import Guard
from local.signatures import Verifier
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.guard import App

STOP_GRACE_SECONDS = 5.0


async def run(app: App, descriptor: int, folder: Path) -> None:
    """Serve the application until SIGTERM or until the parent is gone, and then tidy up in its place."""
    stop, orphaned = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def parent_is_gone() -> None:
        # The pipe tells it before the system does: os.getppid() may still be the dying parent's.
        orphaned.set()
        loop.call_soon_threadsafe(stop.set)

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    watch_parent(0, parent_is_gone, folder)
    try:
        await serve(app, _config(descriptor), shutdown_trigger=stop.wait)  # type: ignore[arg-type]
    finally:
        end_workers()
        if orphaned.is_set():
            shutil.rmtree(folder, ignore_errors=True)


def watch_parent(stdin: int, stop: Callable[[], object], folder: Path) -> threading.Thread:
    """Call `stop` when the parent's end of the pipe closes, and make sure of it after a grace time."""

    def watch() -> None:
        while os.read(stdin, 1):
            pass
        stop()
        time.sleep(STOP_GRACE_SECONDS)
        # The stop hangs, and nobody is left to notice.
        shutil.rmtree(folder, ignore_errors=True)
        _signal_group(signal.SIGKILL)

    thread = threading.Thread(target=watch, name="parent-watch", daemon=True)
    thread.start()
    return thread


def end_workers() -> None:
    """Stop the processes that run Lambda functions: all of this process's group but itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _signal_group(signal.SIGTERM)


def _signal_group(number: signal.Signals) -> None:
    # Only ever a group of one's own: never the shell's that a developer started this file from.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), number)


def _read_key(stdin: int) -> AccessKey:
    """Read the first line, and none of what follows it."""
    with os.fdopen(stdin, "rb", buffering=0, closefd=False) as pipe:
        key = json.loads(pipe.readline())
    return AccessKey(
        access_key_id=key["awsAccessKeyId"], secret_access_key=key["awsSecretAccessKey"]
    )


def _config(descriptor: int) -> Config:
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.graceful_timeout = 1.0
    config.keep_alive_timeout = 75.0
    config.accesslog = None
    return config


def main() -> None:
    """Run the emulator on the socket of the first argument's file descriptor, in the second argument's folder."""
    # Late, because the emulator reads its environment on import and none of it is meant for this file's importers.
    from ministack.app import app  # noqa: PLC0415

    from local import invoke_paths, issued_keys  # noqa: PLC0415 (as above)

    if os.environ.get("PERSIST_STATE") == "1":
        restarts.remember()
    key = _read_key(0)
    issued_keys.install(key)
    invoke_paths.install()
    guard = Guard(app, Verifier(key, issued_keys.secret_of), issued_keys.claims_root)
    asyncio.run(run(guard, int(sys.argv[1]), Path(sys.argv[2])))


if __name__ == "__main__":
    main()
