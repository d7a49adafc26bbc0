"""Updates of a deployed stack, each in a fresh process, so that no changed module is stale.

`python -m local.deployment.update_process [module ...]` imports the given libraries, waits for a
request on standard input, and only then imports the project's own modules, in the version that is
saved. What the program prints goes to standard error, and is shown when the update has ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# Libraries that are imported before there is a request; others are imported when they are needed.
_LIBRARIES = ("pulumi", "pulumi_aws", "boto3", "botocore", "httpx", "yaml")
# Of a running update at the end; what it has not done by then is done by the next one.
_GRACE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What an update works with; the configuration is read again."""

    stack: str
    url: str
    key: dict[str, str]
    environment: dict[str, str]
    record: str
    storefront_url: str


class UpdateProcesses:
    """Runs updates, one after the other; the process for the next one is started before."""

    def __init__(self, root: Path) -> None:
        """Describe the project whose program is run.

        Args:
            root: The folder of `Pulumi.yaml`.
        """
        self._root = root
        self._lock = threading.Lock()
        self._next: subprocess.Popen[str] | None = None
        self._is_closed = False

    def prepare(self) -> None:
        """Start the process for the next update."""
        with self._lock:
            self._prepare()

    def run(self, request: Request) -> dict[str, Any]:
        """Run an update, and return its `outputs`, `config` and `changes`, or its `error`.

        What the program has printed is in `printed`.
        """
        with self._lock:
            process = self._prepare()
            output, errors = process.communicate(json.dumps(asdict(request)))
            self._next = None
            if not self._is_closed:
                self._prepare()
        if process.returncode or not output:
            last = errors.strip().splitlines()[-1:] or ["it printed nothing"]
            return {"error": f"The update ended with {process.returncode}: {last[0]}"}
        result: dict[str, Any] = json.loads(output)
        return {**result, "printed": errors}

    def close(self) -> None:
        """Wait for a running update, and end the process for the next one."""
        self._is_closed = True
        finished = self._lock.acquire(timeout=_GRACE_SECONDS)
        try:
            if self._next is not None:
                self._next.kill()
                self._next.communicate()
                self._next = None
        finally:
            if finished:
                self._lock.release()

    def _prepare(self) -> subprocess.Popen[str]:
        if self._next is None or self._next.poll() is not None:
            self._next = subprocess.Popen(  # noqa: S603 (a constant command)
                [
                    sys.executable,
                    "-m",
                    "local.deployment.update_process",
                    *_LIBRARIES,
                    *_loaded_services(),
                ],
                cwd=self._root,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C does not end it in the middle of an update
            )
        return self._next


def _loaded_services() -> list[str]:
    """Return the modules of the provider that a program run has loaded: it loads them lazily."""
    return sorted(
        name
        for name, module in sys.modules.items()
        if name.startswith("pulumi_aws.") and type(module) is ModuleType and name.count(".") == 1
    )


def main(libraries: list[str]) -> None:
    """Import libraries, read a request, run the update, print its result."""
    gc.disable()  # a third of the CPU time, in a process that ends in a moment
    for name in libraries:
        with suppress(ImportError):
            getattr(importlib.import_module(name), "__all__", None)  # a lazy module is loaded now
    if text := sys.stdin.read():
        with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as results:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the program prints
            json.dump(_result(Request(**json.loads(text))), results)


def _result(request: Request) -> dict[str, Any]:
    # The project's modules are those that are saved now.
    from tooling.errors import UserError, located  # noqa: PLC0415
    from tooling.root import ROOT  # noqa: PLC0415

    try:
        from local.deployment import update  # noqa: PLC0415

        return update.run(request)
    except UserError as error:
        return {"error": str(error)}
    except BaseException as error:  # noqa: BLE001 (a program may raise anything, also SystemExit)
        import pulumi  # noqa: PLC0415

        is_sentence = isinstance(error, pulumi.RunError)
        return {"error": str(error) if is_sentence else located(error, str(ROOT))}


if __name__ == "__main__":
    main(sys.argv[1:])
