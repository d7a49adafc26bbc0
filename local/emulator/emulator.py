"""The embedded AWS: an emulator in a child process that cannot outlive this one."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import ssl
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from local.emulator import kept_state
from local.emulator.process import LOG, ServerProcess, listen
from tooling.clients import Clients
from tooling.errors import UserError
from tooling.signals import deferred
from tooling.signing import REGION, AccessKey, SignatureAuth

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from types import TracebackType

    from tooling.clients import Client

_POLL_SECONDS = 0.05
# The emulator speaks no TLS; reading the CA certificates would take longer than a request.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_SERVER = (sys.executable, "-m", "local.emulator.server")


class Emulator:
    """An emulated AWS on a loopback port, from `start` to `stop` or for a `with` block."""

    def __init__(
        self,
        port: int = 0,
        *,
        listener: socket.socket | None = None,
        state_dir: Path | None = None,
        start_timeout: float = 60.0,
        stop_timeout: float = 0.0,
        save_timeout: float = 60.0,
        command: Sequence[str] = _SERVER,
    ) -> None:
        """Describe an emulator without starting it.

        Args:
            port: The loopback port; 0 for any free one, which later starts of this object keep.
            listener: A socket that listens already, for the first start, in place of a port.
            state_dir: Where resources and data are kept from `stop` to the next `start`, if at all
                (`local.emulator.kept_state`).
            start_timeout: Seconds until an emulator that does not respond is killed.
            stop_timeout: Seconds until one that does not stop is killed; it has nothing to save.
            save_timeout: The same with a `state_dir`; killed while saving, it loses whole services.
            command: What runs; it gets the listening socket's file descriptor and the folder.
        """
        self._port = port if listener is None else listener.getsockname()[1]
        self._listener = listener
        self._state_dir = state_dir
        self._start_timeout = start_timeout
        self._stop_timeout = save_timeout if state_dir else stop_timeout
        self._command = command
        self._process: ServerProcess | None = None
        # The private folder of the running emulator: its log, its state, the functions' code.
        self.directory = Path()
        self._clients: Clients | None = None
        self._saved_at: int | None = None
        # Whether the state of the run that has ended could not be saved in the `state_dir`.
        self.has_lost_state = False
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
        """The endpoint and its access key, as in the outputs of a local stack."""
        return {"awsEndpointUrl": self.url, **self.key.outputs}

    @property
    def pid(self) -> int:
        """The process ID of the running emulator, which is also that of its process group."""
        if self._process is None:
            raise UserError("The emulator is not running.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the emulator was started and has not ended."""
        return self._process is not None and self._process.is_running

    def client(self, service: str) -> Client:
        """Return a boto3 client of this emulator, which the user's AWS settings do not change."""
        if self._clients is None:
            raise UserError("The emulator is not running.")
        return self._clients.get(service)

    def start(self) -> None:
        """Start the emulator and return when it responds."""
        if importlib.util.find_spec("ministack") is None:
            raise UserError(
                "The package 'ministack' is missing; "
                "install requirements-dev.txt, or run 'make demo'."
            )
        own, self._listener = self._listener, None
        with own or listen(self._port) as listener:
            self._port = listener.getsockname()[1]
            try:
                # A signal may come between two instructions, such as before a `with` block's exit.
                atexit.register(self.stop)
                with deferred():
                    self.directory = Path(tempfile.mkdtemp(prefix="embedded-aws-"))
                    self._load()
                    self._process = ServerProcess(
                        self._command, listener, self.directory, self.environment(), self.key
                    )
                # The child has a copy. With this one open, a dead child's port would still accept.
                listener.close()
                self._await_health()
            except BaseException:
                self.stop()
                raise
        self._clients = Clients(self.url, self.key)

    def stop(self) -> None:
        """Stop the emulator and everything that it started; does nothing where it is stopped."""
        with deferred():
            if self._clients is not None:
                self._clients.close()
                self._clients = None
            if self._process is not None:
                self._process.end(self._stop_timeout)
                self._process = None
                if self._state_dir is not None:
                    self.has_lost_state = kept_state.saved_at(self._state_dir) == self._saved_at
            if self.directory != Path():
                shutil.rmtree(self.directory, ignore_errors=True)
                self.directory = Path()
            atexit.unregister(self.stop)

    @property
    def state(self) -> Path:
        """The folder with the state, which is kept with a `state_dir`."""
        return self.directory / kept_state.FOLDER

    def _load(self) -> None:
        if self._state_dir is None:
            self.state.mkdir(mode=0o700)
        else:
            kept_state.load(self._state_dir, self.state)
            self._saved_at = kept_state.saved_at(self._state_dir)

    def reset(self) -> None:
        """Remove every resource and all data, and stop the Lambda functions' processes."""
        with http_client(self.url, self.key, timeout=30) as http:
            http.post("/_ministack/reset").raise_for_status()

    def emails(self) -> list[dict[str, object]]:
        """Return every email that SES has sent, oldest first."""
        return sent_emails(self.url, self.key)

    def log(self, lines: int = 1) -> str:
        """Return the last lines of the emulator's log."""
        path = self.directory / LOG
        text = path.read_text(errors="replace").strip() if path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def environment(self) -> dict[str, str]:
        """Return the emulator's whole environment, which the functions' processes inherit."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory),  # so that no function reads the user's ~/.aws
            "TMPDIR": str(self.directory),
            "PYTHONUNBUFFERED": "1",
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # The defaults are fixed folders below /tmp, which another user may have created.
            "STATE_DIR": str(self.state / "services"),
            "S3_DATA_DIR": str(self.state / "s3"),
            **({} if self._state_dir is None else self._persistence(self._state_dir)),
        }

    @staticmethod
    def _persistence(state_dir: Path) -> dict[str, str]:
        return {"PERSIST_STATE": "1", "S3_PERSIST": "1", kept_state.VARIABLE: str(state_dir)}

    def _await_health(self) -> None:
        deadline = time.monotonic() + self._start_timeout
        with http_client(self.url, self.key, timeout=1) as http:
            while time.monotonic() < deadline:
                if not self.is_running:
                    log = self.log() or "it logged nothing."
                    raise UserError(f"The emulator stopped while it was starting: {log}")
                with suppress(httpx.TransportError):
                    if http.get("/_ministack/health").is_success:
                        return
                time.sleep(_POLL_SECONDS)
        log = self.log() or "it logged nothing."
        raise UserError(f"The emulator did not respond in {self._start_timeout:g} s: {log}")


def sent_emails(url: str, key: AccessKey) -> list[dict[str, object]]:
    """Return every email that an emulator's SES has sent, oldest first."""
    with http_client(url, key, timeout=30) as http:
        mailbox = http.get("/_ministack/ses/messages").raise_for_status().json()
    return [email for account in mailbox["messages"].values() for email in account]


def http_client(url: str, key: AccessKey, timeout: float) -> httpx.Client:
    """Return a client of an emulator's own paths, which only the root key may use."""
    auth = SignatureAuth(key)
    return httpx.Client(
        base_url=url, auth=auth, trust_env=False, timeout=timeout, verify=_NO_CERTIFICATES
    )
