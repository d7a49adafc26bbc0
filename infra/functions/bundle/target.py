"""The platform and the Python version that a bundle is built for."""

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

RUNTIME: Final = "python3.13"
ARCHITECTURE: Final = "arm64"

_VERSION: Final = "import sys; print('{}.{}'.format(*sys.version_info))"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a bundle runs: on Lambda, or on this machine for tests and benchmarks."""

    python_version: str
    """Such as `3.13`."""

    platforms: tuple[str, ...]
    """pip's names of the platforms whose wheels run there."""

    interpreter: Path | None = None
    """A Python of this machine for which pip installs instead; then `platforms` has no effect."""

    @classmethod
    def of_this_machine(cls, interpreter: str | Path = sys.executable) -> Self:
        """Return the target for a Python of this machine, by default the running one."""
        process = subprocess.run(  # noqa: S603 (the caller's interpreter, constant arguments)
            [interpreter, "-c", _VERSION], capture_output=True, text=True, check=True
        )
        return cls(
            python_version=process.stdout.strip(),
            platforms=(f"{sys.platform}_{platform.machine()}",),
            interpreter=Path(interpreter),
        )

    def pip_options(self) -> list[str]:
        """Return the options of `pip install`: the target's wheels only, whatever runs pip."""
        if self.interpreter:
            return ["--only-binary", ":all:"]
        platforms = [option for each in self.platforms for option in ("--platform", each)]
        version = ["--implementation", "cp", "--python-version", self.python_version]
        return ["--only-binary", ":all:", *version, *platforms]


# Wheels for Amazon Linux 2023 on arm64.
LAMBDA: Final = Target(
    python_version=RUNTIME.removeprefix("python"),
    platforms=("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
)
