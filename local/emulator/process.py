"""The emulator's child process: its listening socket, its start, and the end of its whole group."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tooling.signing import AccessKey

LOG = "emulator.log"


def listen(port: int, server: str = "") -> socket.socket:
    """Return a listening socket on the loopback interface; port 0 is any free one.

    The socket exists from now on, so that no other process can take the port before it is used.

    Args:
        port: The port.
        server: What the port is for, in errors.

    Raises:
        UserError: the port is in use, or not allowed to this user.
    """
    name = f"port {port}" + (server and f", for {server},")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except PermissionError as error:
        listener.close()
        raise UserError(
            f"{name} may not be used by this user; choose one above 1023 with --port"
        ) from error
    except OSError as error:
        listener.close()
        raise UserError(
            f"{name} is already in use; stop what uses it or choose another "
            "with --port (make local PORT=<port>)"
        ) from error
    return listener


class ServerProcess:
    """A running emulator, which is the leader of a process group of its own."""

    def __init__(
        self,
        command: Sequence[str],
        listener: socket.socket,
        folder: Path,
        environment: Mapping[str, str],
        key: AccessKey,
    ) -> None:
        """Start the process.

        Args:
            command: The command, which gets the socket's file descriptor and the folder.
            listener: The socket that it serves on.
            folder: Its private folder, where its log goes.
            environment: All of its environment.
            key: The root key, which it reads from its standard input.
        """
        with open(folder / LOG, "wb", opener=_private) as log:
            self._process = subprocess.Popen(  # noqa: S603 (a command of this package, no shell)
                [*command, str(listener.fileno()), str(folder)],
                bufsize=0,  # a buffer would be written once more to a dead process, on closing
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=environment,
                pass_fds=(listener.fileno(),),
                start_new_session=True,
                umask=0o077,
            )
        if self._process.stdin is not None:  # arguments and environments can be read by others
            with suppress(BrokenPipeError):  # the process has ended already
                self._process.stdin.write(f"{json.dumps(key.outputs)}\n".encode())

    @property
    def pid(self) -> int:
        """The process ID, which is also that of the process group."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def end(self, grace_seconds: float) -> None:
        """Send SIGTERM to the process, and after the grace time SIGKILL to its whole group."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)
