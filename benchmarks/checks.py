"""What the project's own checks take: mypy without a cache, and `make test`."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Final

from tooling.errors import UserError
from tooling.root import ROOT

_SAMPLE_SECONDS: Final = 0.2
_KIB_PER_GB: Final = 1e6 / 1.024
_PROC: Final = Path("/proc")


def mypy() -> dict[str, float]:
    """Return the duration of mypy without its cache, and the memory of its processes at the peak.

    Raises:
        UserError: mypy found an error.
    """
    command = [str(ROOT / ".venv" / "bin" / "mypy"), "--cache-dir", os.devnull]
    started, peak = time.monotonic(), 0.0
    # Its workers are in the process group that its session begins with.
    with subprocess.Popen(  # noqa: S603 (an installed tool)
        command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while process.poll() is None:
            peak = max(peak, _resident_gigabytes(process.pid))
            time.sleep(_SAMPLE_SECONDS)
    if process.returncode != 0:
        raise UserError("mypy has found errors; run: make lint")
    return {"seconds": time.monotonic() - started, "peak_gigabytes": peak}


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


def _resident_gigabytes(group: int) -> float:
    """Return the resident memory of a process group; shared pages count once for each process."""
    kibibytes = 0
    for status in _PROC.glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == group:
                lines = status.read_text().splitlines()
                kibibytes += sum(int(each.split()[1]) for each in lines if each.startswith("VmRSS"))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return kibibytes / _KIB_PER_GB
