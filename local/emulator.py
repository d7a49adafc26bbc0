"""Starts and stops the emulated AWS as a child process that cannot outlive this one."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from local.ports import listen
from tooling.clients import Clients
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.signals import deferred
from tooling.signing import REGION, AccessKey, SignatureAuth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tooling.clients import Client

_STOP_GRACE_SECONDS = 5.0
# Cut short, it would leave out whole services.
_SAVE_GRACE_SECONDS = 60.0
_POLL_SECONDS = 0.05
# It speaks no TLS, and to read the certificates that nobody asks for takes longer than a request does.
_TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_SERVER = (sys.executable, "-m", "local.server")


class Emulator:
    """An emulated AWS on a loopback port, running from `start` to `stop` or for the length of a `with` block."""

    def __init__(
        self,
        port: int = 0,
        *,
        state_dir: Path | None = None,
        start_timeout: float = 30.0,
        command: Sequence[str] = _SERVER,
    ) -> None:
        """Describe an emulator without starting it.

        Args:
            port: The loopback port to serve on; 0 for any free one, which later starts of this object keep.
            state_dir: Where to keep resources and data from `stop` to the next `start`; None for nowhere.
            start_timeout: Seconds to come up in.
            command: What to run; it is given the listening socket's file descriptor and the private folder.
        """
        self._port = port
        self._state_dir = state_dir
        self._start_timeout = start_timeout
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        # Where the running emulator keeps its log and the functions' code; gone when it stops.
        self.directory = Path()
        self._clients: Clients | None = None
        self.key = AccessKey.generate()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The endpoint for SDK clients."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def connection(self) -> dict[str, str]:
        """The endpoint and its access key, as a local stack's outputs hold them."""
        return {"awsEndpointUrl": self.url, **self.key.outputs}

    @property
    def pid(self) -> int:
        """The process ID of the running emulator, which is also its process group's."""
        if self._process is None:
            raise UserError("The emulator is not running.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the emulator was started and still lives."""
        return self._process is not None and self._process.poll() is None

    def client(self, service: str) -> Client:
        """A boto3 client that talks to this emulator and to nothing else, whatever the user's AWS settings are."""
        if self._clients is None:
            raise UserError("The emulator is not running.")
        return self._clients.get(service)

    def start(self) -> None:
        """Start the emulator and return once it answers."""
        _require_package()
        with listen(self._port) as listener:
            self._port = listener.getsockname()[1]
            try:
                # For a signal between two of the caller's instructions, such as before a `with` block's exit.
                atexit.register(self.stop)
                with deferred():
                    self.directory = Path(tempfile.mkdtemp(prefix="embedded-aws-"))
                    self._spawn(listener.fileno())
                listener.close()  # the child has its own copy; a dead child must refuse connections, not queue them
                self._await_health()
            except BaseException:
                self.stop()
                raise
        self._clients = Clients(self.url, self.key)

    def stop(self) -> None:
        """Stop the emulator and everything that it started; harmless when it is not running."""
        with deferred():
            self._stop()

    def _stop(self) -> None:
        if self._clients is not None:
            self._clients.close()
            self._clients = None
        if self._process is not None:
            _end(self._process, _SAVE_GRACE_SECONDS if self._state_dir else _STOP_GRACE_SECONDS)
            self._process = None
        if self.directory != Path():
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory = Path()
        atexit.unregister(self.stop)

    def reset(self) -> None:
        """Remove every resource and all data, and stop the Lambda functions' processes."""
        with self._http(timeout=30) as http:
            http.post("/_ministack/reset").raise_for_status()

    def emails(self) -> list[dict[str, object]]:
        """Every e-mail that was sent, oldest first."""
        return sent_emails(self.url, self.key)

    def log(self, lines: int = 1) -> str:
        """The last lines that the emulator wrote."""
        path = self.directory / "emulator.log"
        text = path.read_text(errors="replace").strip() if path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _spawn(self, descriptor: int) -> None:
        with open(self.directory / "emulator.log", "wb", opener=_private) as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
                [*self._command, str(descriptor), str(self.directory)],
                bufsize=0,  # else closing it would write once more what a dead process did not take
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self.environment(),
                pass_fds=(descriptor,),
                start_new_session=True,
                umask=0o077,
            )
        self._hand_over_the_key()

    def _hand_over_the_key(self) -> None:
        """Write the key to the process's standard input: arguments and environments can be read by others."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended already, which is found out soon
                self._process.stdin.write(f"{json.dumps(self.key.outputs)}\n".encode())

    def environment(self) -> dict[str, str]:
        """All that the emulator gets to see, since the functions' processes inherit it."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory),  # so that no ~/.aws of the user's reaches a function
            "TMPDIR": str(self.directory),
            "PYTHONUNBUFFERED": "1",
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # Always set: by default both are fixed folders under /tmp, which another user may have made.
            "STATE_DIR": str(self._state_dir or self.directory / "state"),
            "S3_DATA_DIR": str(self.directory / "s3"),
            "PERSIST_STATE": "1" if self._state_dir else "0",
        }

    def _await_health(self) -> None:
        deadline = time.monotonic() + self._start_timeout
        with self._http(timeout=1) as http:
            while time.monotonic() < deadline:
                if self._process is not None and self._process.poll() is not None:
                    raise UserError(
                        f"The emulator stopped while it was starting: {self._last_words()}"
                    )
                with suppress(httpx.TransportError):
                    if http.get("/_ministack/health").is_success:
                        return
                time.sleep(_POLL_SECONDS)
        raise UserError(
            f"The emulator did not come up in {self._start_timeout:g} s: {self._last_words()}"
        )

    def _http(self, timeout: float) -> httpx.Client:
        return _signed_client(self.url, self.key, timeout)

    def _last_words(self) -> str:
        return self.log() or "it logged nothing."


def sent_emails(url: str, key: AccessKey) -> list[dict[str, object]]:
    """Return every email that an emulator has taken, oldest first."""
    with _signed_client(url, key, timeout=10) as http:
        answer = http.get("/_ministack/ses/messages").raise_for_status().json()
    return [message for account in answer["messages"].values() for message in account]


def _signed_client(url: str, key: AccessKey, timeout: float) -> httpx.Client:
    return httpx.Client(
        base_url=url,
        auth=SignatureAuth(key),
        trust_env=False,
        timeout=timeout,
        verify=_TRUSTING_NOBODY,
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)


def _require_package() -> None:
    if importlib.util.find_spec("ministack") is None:
        raise UserError(
            "The package 'ministack' is missing; install requirements-dev.txt, or run 'make demo'."
        )


def _end(process: subprocess.Popen[bytes], grace_seconds: float) -> None:
    """Ask the whole process group to stop, and after the grace time make it."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace_seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
