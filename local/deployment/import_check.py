"""Checks that the module of every deployed function can be imported.

On AWS the function's log shows why. The emulator returns 502 and logs nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any, Self

from tooling.errors import UserError, located
from tooling.root import ROOT
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.deployment.resources import Resource

_REGION = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
_FUNCTION = "aws:lambda/function:Function"
# Slow imports of the handlers, which the processes for the functions share.
_SLOW = ("botocore.session", "pydantic_core")
_NOT_ON_AWS = {"local", "tooling"}
# For each function; much more than an import takes on a busy machine.
_TIMEOUT_SECONDS = 300


class ImportCheck:
    """A process that imports functions' modules: it starts before it is known which."""

    def __init__(
        self, environment: dict[str, str], *, timeout_seconds: int = _TIMEOUT_SECONDS
    ) -> None:
        """Start the process.

        Args:
            environment: The emulator's environment.
            timeout_seconds: How long the import of one module may take.
        """
        self._timeout_seconds = timeout_seconds
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.deployment.import_check"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def require_functions(self, resources: Iterable[Resource]) -> None:
        """Import the module of every function from its bundle, with its environment.

        Args:
            resources: What is deployed, or what an update will change.

        Raises:
            UserError: a module cannot be imported; names the function, the file and the line.
        """
        functions = [each.inputs for each in resources if each.kind == _FUNCTION]
        if functions:
            timeout = {"timeout": self._timeout_seconds}
            self.require([_check(inputs) | timeout for inputs in functions])

    def require(self, checks: list[dict[str, Any]]) -> None:
        """Import modules, once for each process; see `require_functions`."""
        output, errors = self._process.communicate(json.dumps(checks))
        if self._process.returncode:
            raise UserError(output.strip() or f"The handlers cannot be imported: {errors.strip()}")


def _check(inputs: dict[str, Any]) -> dict[str, Any]:
    module = inputs["handler"].rpartition(".")[0]
    variables = (inputs.get("environment") or {}).get("variables") or {}
    known = {name: value for name, value in variables.items() if isinstance(value, str)}
    unknown = dict.fromkeys(variables.keys() - known.keys(), "unknown before the update")
    return {
        "function": module.split(".")[1],
        "bundle": inputs["code"].path,
        "module": module,
        "environment": {**_REGION, **unknown, **known},
    }


def main() -> None:
    """Import the modules that standard input names; exit with 1 if one fails."""
    for module in _SLOW:
        importlib.import_module(module)
    checks = json.load(sys.stdin)
    failures = [_fails(check) for check in checks]
    sys.exit(int(any(failures)))


def _fails(check: dict[str, Any]) -> bool:
    """Import one module in a process of its own."""
    child = os.fork()
    if child == 0:
        os._exit(_import(check))
    return os.waitpid(child, 0)[1] != 0


def _import(check: dict[str, Any]) -> int:
    """Import one module, and print a sentence if that fails; return the exit code."""
    signal.signal(signal.SIGALRM, _raise_timeout)
    signal.alarm(check["timeout"])
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(check["bundle"]) as bundle:
            bundle.extractall(folder)
        sys.path[:] = [folder, *(path for path in sys.path if path not in {"", str(ROOT)})]
        for name in [name for name in sys.modules if name.partition(".")[0] in _NOT_ON_AWS]:
            del sys.modules[name]
        os.environ.update(check["environment"])
        try:
            with contextlib.redirect_stdout(sys.stderr):  # standard output has the sentences
                importlib.import_module(check["module"])
        except BaseException as error:  # noqa: BLE001 (a module may raise anything, also SystemExit)
            place = located(error, folder)
            sentence = f"The function '{check['function']}' cannot be imported: {place}"
            print(sentence, flush=True)  # noqa: T201 (the parent reads it)
            return 1
    return 0


def _raise_timeout(_signal: int, _frame: object) -> None:
    raise TimeoutError("The import takes too long")


if __name__ == "__main__":
    main()
