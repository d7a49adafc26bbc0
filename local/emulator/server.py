"""The emulator's process: `python -m local.emulator.server <socket's file descriptor> <folder>`.

It ends with its parent, `local.emulator.process`: standard input is a pipe that the parent holds
open, and that is closed even when the parent is killed. The pipe's first line is the root key.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.emulator import kept_state
from local.emulator.fault_injection import FaultInjector, FaultTable
from local.emulator.guard import Guard
from local.emulator.signatures import Verifier
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.emulator.guard import App

    SignalGroup: TypeAlias = Callable[[signal.Signals], object]

# Until the group of an orphaned emulator is killed, and of one that saves its state.
_GRACE_SECONDS = 5.0
_SAVE_SECONDS = 60.0
# How long running functions may go on before the state is saved.
_FINISH_SECONDS = 10.0


def signal_own_group(number: signal.Signals) -> None:
    """Send a signal to this process's group if it leads it; else a shell's processes are in it."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), number)


async def run(
    app: App,
    descriptor: int,
    folder: Path,
    *,
    stdin: int = 0,
    signal_group: SignalGroup = signal_own_group,
    finish: Callable[[], Awaitable[None]] | None = None,
    save: Callable[[], object] | None = None,
) -> None:
    """Serve until SIGTERM, or until the parent has ended; then remove the folder in its place.

    Args:
        app: What is served; it saves its state in its lifespan's shutdown.
        descriptor: The listening socket's file descriptor.
        folder: The private folder.
        stdin: The pipe that the parent holds open.
        signal_group: Sends a signal to this process's group.
        finish: Waits, while requests are still served, for what should end before the state is
            saved.
        save: Keeps the saved state, if it is to be kept.
    """
    stop, orphaned = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def parent_has_ended() -> None:
        # os.getppid() may still be that of the dying parent.
        orphaned.set()
        loop.call_soon_threadsafe(stop.set)

    async def until_stopped() -> None:
        await stop.wait()
        if finish is not None:
            await finish()

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    grace_seconds = _GRACE_SECONDS if save is None else _SAVE_SECONDS
    watch_parent(stdin, parent_has_ended, folder, grace_seconds, signal_group=signal_group)
    try:
        # Hypercorn has types of its own for the scope.
        await serve(app, _config(descriptor), shutdown_trigger=until_stopped)  # type: ignore[arg-type]
        if save is not None:
            save()
    finally:
        # The processes of the Lambda functions are in this group.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal_group(signal.SIGTERM)
        if orphaned.is_set():
            shutil.rmtree(folder, ignore_errors=True)


def watch_parent(
    stdin: int,
    stop: Callable[[], object],
    folder: Path,
    grace_seconds: float = _GRACE_SECONDS,
    *,
    signal_group: SignalGroup = signal_own_group,
) -> threading.Thread:
    """Call `stop` when the parent's end of the pipe closes, and later kill the group."""

    def watch() -> None:
        while os.read(stdin, 1):
            pass
        stop()
        time.sleep(grace_seconds)
        shutil.rmtree(folder, ignore_errors=True)
        signal_group(signal.SIGKILL)

    thread = threading.Thread(target=watch, name="parent-watch", daemon=True)
    thread.start()
    return thread


def read_key(stdin: int) -> AccessKey:
    """Read the root key from the first line, and nothing of what follows it."""
    with os.fdopen(stdin, "rb", buffering=0, closefd=False) as pipe:
        return AccessKey.of_outputs(json.loads(pipe.readline()))


def _config(descriptor: int) -> Config:
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.graceful_timeout = 1.0
    config.keep_alive_timeout = 75.0
    config.accesslog = None
    return config


def main(*, save_whole_state: bool = True, finish_seconds: float = _FINISH_SECONDS) -> None:
    """Run the emulator; the arguments are the socket's file descriptor and the folder.

    Args:
        save_whole_state: Whether streams and mailbox, too, survive a restart.
        finish_seconds: How long running functions may go on before a state is saved.
    """
    from ministack.app import app  # noqa: PLC0415 (it reads its environment when it is imported)

    from local.emulator import environments, graceful_stop, patches  # noqa: PLC0415 (they import the emulator)

    key, faults = read_key(0), FaultTable()
    kept, folder = os.environ.pop(kept_state.VARIABLE, ""), Path(sys.argv[2])
    patches.install(key, faults, save_whole_state=bool(kept) and save_whole_state)
    injector = FaultInjector(app, faults, environments.environment_of)
    guard = Guard(injector, Verifier(key, patches.issued_secret), patches.claims_root)
    state, port = folder / kept_state.FOLDER, int(os.environ["GATEWAY_PORT"])
    save = functools.partial(kept_state.save, state, Path(kept), port) if kept else None
    finish = functools.partial(graceful_stop.stop_event_sources, finish_seconds if kept else 0)
    asyncio.run(run(guard, int(sys.argv[1]), folder, finish=finish, save=save))


if __name__ == "__main__":
    main()
