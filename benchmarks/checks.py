"""What the project's own checks take: mypy without a cache, and `make test`."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from typing import Final

from tooling.errors import UserError
from tooling.root import ROOT

_KIB_PER_GB: Final = 1e9 / 1024


def mypy() -> dict[str, float]:
    """Return the duration of mypy without its cache, and the peak memory of its largest process.

    Raises:
        UserError: mypy found an error.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as cache:
        command = [str(ROOT / ".venv" / "bin" / "mypy"), "--cache-dir", cache]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 (an installed tool)
        # The usage of a process includes that of its own workers, which it has waited for.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise UserError("mypy has found errors; run: make lint")
    return {
        "seconds": time.monotonic() - started,
        "peak_gigabytes": usage.ru_maxrss / _KIB_PER_GB,
    }


def test() -> dict[str, float]:
    """Return the duration of `make test`.

    Raises:
        UserError: a test failed.
    """
    started = time.monotonic()
    process = subprocess.run(
        ["/usr/bin/env", "make", "test"], cwd=ROOT, capture_output=True, check=False
    )
    if process.returncode != 0:
        raise UserError("make test has failed; run it to see why")
    return {"seconds": time.monotonic() - started}
