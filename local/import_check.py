"""Checks that the module of every deployed function can be imported.

On AWS a module that cannot be imported shows in the function's log. The emulator answers 502 and logs nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tooling.errors import UserError
from tooling.root import ROOT
from tooling.signing import REGION

if TYPE_CHECKING:
    from infra.functions.bundle import Bundler
    from local.emulator import Emulator

# What handlers need and takes long to import; the processes that import a handler each share it.
_SLOW = ("boto3", "pydantic", "aws_lambda_powertools")
# For each function; much more than an import takes on a busy machine, so it ends only what would never end.
TIMEOUT_SECONDS = 300


def require_importable(
    emulator: Emulator,
    functions: dict[str, str],
    bundler: Bundler,
    *,
    timeout_seconds: int = TIMEOUT_SECONDS,
) -> None:
    """Import the module of every deployed function from its bundle, with its environment.

    Raises:
        UserError: one cannot be imported; says which, and the file and the line.
    """
    checks = [
        {**_check(emulator, package, name, bundler), "timeout": timeout_seconds}
        for package, name in functions.items()
    ]
    done = subprocess.run(
        [sys.executable, "-m", "local.import_check"],
        cwd=ROOT,
        env=emulator.environment(),
        input=json.dumps(checks),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(
            done.stdout.strip() or f"The handlers cannot be imported: {done.stderr.strip()}"
        )


def _check(emulator: Emulator, package: str, name: str, bundler: Bundler) -> dict[str, Any]:
    configuration = emulator.client("lambda").get_function_configuration(FunctionName=name)
    return {
        "function": package,
        "bundle": str(bundler.bundle(package)),
        "module": configuration["Handler"].rpartition(".")[0],
        "environment": {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **configuration.get("Environment", {}).get("Variables", {}),
        },
    }


def main() -> None:
    """Import the modules that standard input names, each in a process of its own; the exit code is 1 if one fails."""
    checks = json.load(sys.stdin)
    for module in _SLOW:
        importlib.import_module(module)
    failed = [_fails(check) for check in checks]
    sys.exit(int(any(failed)))


def _fails(check: dict[str, Any]) -> bool:
    child = os.fork()
    if child == 0:
        os._exit(_import(check))
    return os.waitpid(child, 0)[1] != 0


def _import(check: dict[str, Any]) -> int:
    """Import one module, and print a sentence if that fails; runs in a process that ends with the result."""
    signal.signal(signal.SIGALRM, _time_is_over)
    signal.alarm(check["timeout"])
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(check["bundle"]) as bundle:
            bundle.extractall(folder)
        sys.path[:] = [folder, *(path for path in sys.path if path not in {"", str(ROOT)})]
        for name in [name for name in sys.modules if name.partition(".")[0] == "local"]:
            del sys.modules[name]  # on AWS there is nothing of this package
        os.environ.update(check["environment"])
        try:
            importlib.import_module(check["module"])
        except Exception as error:  # noqa: BLE001 (a module may raise anything)
            print(  # noqa: T201
                f"The function '{check['function']}' cannot be imported: {_place(error, folder)}",
                flush=True,
            )
            return 1
    return 0


def _time_is_over(_signal: int, _frame: object) -> None:
    raise TimeoutError("The import takes too long")


def _place(error: Exception, folder: str) -> str:
    """Where in the bundle's own files, and what went wrong."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(folder)
    ]
    where = f"{Path(own[-1].filename).relative_to(folder)}, line {own[-1].lineno}: " if own else ""
    return f"{where}{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
