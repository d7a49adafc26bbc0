"""The dependencies of handlers: installed once for all bundles, selected for each function."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import cached_property
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.functions.bundle.bytecode import source_of
from infra.functions.bundle.sources import BundleError
from infra.functions.bundle.target import Target

# Installed files that no function reads.
_LEFT_OUT: Final = (
    "*.dist-info/*",
    "bin/*",
    "*.c",
    "*.pyi",
    "*/py.typed",
    # Time zones, for lookups by name; botocore uses UTC and the system's own.
    "dateutil/zoneinfo/*",
    "simplejson/tests/*",
    # Without these two the folder is a namespace package. HTTP/1.1 needs its module `probe` alone;
    # for HTTP/2, each cold start would import `importlib.metadata`.
    "urllib3/http2/__init__.py",
    "urllib3/http2/connection.py",
)


def install(requirements: Path, target: Target, folder: Path) -> None:
    """Install locked requirements into a folder, with pip, for the target.

    Raises:
        BundleError: pip fails; the message has its reason.
    """
    # pip exists wherever Pulumi runs Python, and reads the user's package index.
    pip = ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    if target.interpreter:
        pip[1:1] = ["--python", str(target.interpreter)]
    files = ["--require-hashes", "--requirement", str(requirements)]
    files += ["--no-deps", "--target", str(folder)]
    result = subprocess.run(  # noqa: S603 - all arguments are constants or own paths
        [sys.executable, "-m", *pip, *files, *target.pip_options()],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        # The last line may be a hash only; the message starts at the first ERROR.
        reason = " ".join(result.stderr[max(result.stderr.find("ERROR:"), 0) :].split())
        raise BundleError(f"pip could not install {requirements} for Lambda: {reason}")
    for path in folder.rglob("*.pyc"):
        path.unlink()  # some wheels hold bytecode, of any version


class Dependencies:
    """Installed distributions, without the files that no function reads."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._folder = folder
        self._environment = {"python_version": target.python_version, "extra": ""}

    def files(self) -> dict[str, bytes]:
        """Return all files, by path in the bundle."""
        return {name: (self._folder / name).read_bytes() for name in self._names}

    def needed_by(self, imports: Iterable[str]) -> dict[str, bytes]:
        """Return the files of the distributions that own these modules or are required by those."""
        pending = {owner for name in imports if (owner := self._owners.get(name.partition(".")[0]))}
        needed = set[str]()
        while pending:
            needed |= pending
            required = {name for each in pending for name in self._required_by(each)}
            pending = required & self._distributions.keys() - needed
        return {
            name: content
            for name, content in self.files().items()
            if self._owners.get(_top_level(source_of(name))) in needed
        }

    @cached_property
    def _names(self) -> list[str]:
        paths = (path for path in self._folder.rglob("*") if path.is_file())
        names = sorted(path.relative_to(self._folder).as_posix() for path in paths)
        return [name for name in names if not any(fnmatch(name, each) for each in _LEFT_OUT)]

    @cached_property
    def _distributions(self) -> dict[str, Distribution]:
        installed = distributions(path=[str(self._folder)])
        return {canonicalize_name(each.name): each for each in installed}

    @cached_property
    def _owners(self) -> dict[str, str]:
        """The distribution of each top-level file and folder."""
        return {
            _top_level(str(path)): name
            for name, distribution in self._distributions.items()
            for path in distribution.files or ()
            if ".." not in path.parts  # scripts
        }

    def _required_by(self, distribution: str) -> Iterator[str]:
        for text in self._distributions[distribution].requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate(self._environment):
                yield canonicalize_name(requirement.name)


def _top_level(path: str) -> str:
    """Return the name by which the first folder or the only file of a path is imported."""
    return path.partition("/")[0].partition(".")[0]
