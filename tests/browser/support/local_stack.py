"""A local stack in a process of its own, with its console and its order form."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from local.emulator.emulator import sent_emails
from tests.support.polling import eventually
from tooling.root import ROOT
from tooling.running import RunningStack
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_UP: Final = "Running until Ctrl-C."
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class LocalStack:
    """A running stack by its outputs."""

    outputs: dict[str, Any]

    @property
    def console(self) -> str:
        """The URL of the console with its token."""
        return str(self.outputs["consoleUrl"])

    def emails(self, order_id: str = "") -> list[dict[str, Any]]:
        """All emails, or those about an order."""
        sent = sent_emails(self.outputs["awsEndpointUrl"], AccessKey.of_outputs(self.outputs))
        return [email for email in sent if order_id in str(email["Subject"])]

    @property
    def api_host(self) -> str:
        """The host of the API, which the order form asks."""
        return urlsplit(str(self.outputs["apiEndpoint"])).netloc

    @property
    def storefront(self) -> str:
        """The URL of the order form."""
        return str(self.outputs["storefrontUrl"])


@contextmanager
def running(folder: Path) -> Iterator[LocalStack]:
    """Run a stack within the block, as `make local` does.

    Args:
        folder: An empty folder, for its outputs and what it prints.
    """
    log = folder / "log"
    command = [sys.executable, "-m", "tests.browser.support.up", str(folder)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (a module of this package)
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        eventually(
            lambda: _UP in log.read_text(encoding="utf-8") or process.poll() is not None,
            "the local stack is up",
            timeout=_START_SECONDS,
        )
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield LocalStack(RunningStack(folder).outputs())
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
