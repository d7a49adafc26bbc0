"""The platform and the Python version that a bundle is built for."""

import json
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

RUNTIME: Final = "python3.13"
ARCHITECTURE: Final = "arm64"

_DESCRIBE: Final = """
import importlib.util, json, sys
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": "{}.{}".format(*sys.version_info),
    "magic_number": importlib.util.MAGIC_NUMBER.hex(),
}))
"""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a bundle runs: on Lambda, or on this machine for tests and benchmarks."""

    python_version: str
    """Such as `3.13`; the implementation is CPython."""

    magic_number: str
    """`importlib.util.MAGIC_NUMBER` of that version, in hexadecimal digits.

    An interpreter ignores bytecode with another one.
    """

    platforms: tuple[str, ...]
    """pip's names of the platforms whose wheels run there."""

    interpreter: Path | None = None
    """A Python of this machine for which pip installs instead; then `platforms` has no effect."""

    @classmethod
    def of_this_machine(cls, interpreter: str | Path = sys.executable) -> Self:
        """Return the target for a Python of this machine, by default the running one.

        Raises:
            ValueError: the interpreter does not run, or is not CPython.
        """
        description = _describe(interpreter)
        if not description:
            raise ValueError(f"{interpreter} is no CPython that runs")
        return cls(
            python_version=description["version"],
            magic_number=description["magic_number"],
            platforms=(f"{sys.platform}_{platform.machine()}",),
            interpreter=Path(interpreter),
        )

    def is_python_of(self, interpreter: str | Path) -> bool:
        """Whether an interpreter runs, and compiles the bytecode that the target reads."""
        return _describe(interpreter) == {
            "implementation": "cpython",
            "version": self.python_version,
            "magic_number": self.magic_number,
        }

    def pip_options(self) -> list[str]:
        """Return the options of `pip install`: the target's wheels only, whatever runs pip."""
        if self.interpreter:
            return ["--only-binary", ":all:"]
        platforms = [option for each in self.platforms for option in ("--platform", each)]
        version = ["--implementation", "cp", "--python-version", self.python_version]
        return ["--only-binary", ":all:", *version, *platforms]


# Wheels for Amazon Linux 2023 on arm64. The magic number of Python 3.13 is 3571:
# https://github.com/python/cpython/blob/3.13/Include/internal/pycore_magic_number.h
LAMBDA: Final = Target(
    python_version=RUNTIME.removeprefix("python"),
    magic_number="f30d0d0a",
    platforms=("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
)


def _describe(interpreter: str | Path) -> dict[str, str] | None:
    """Return what an interpreter is; None if it cannot say, such as a shim of pyenv."""
    try:
        process = subprocess.run(  # noqa: S603 (an interpreter of this machine, constant arguments)
            [interpreter, "-I", "-c", _DESCRIBE], capture_output=True, text=True, check=True
        )
        description: dict[str, str] = json.loads(process.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    return description
