"""Lambda bundles: the same bytes for the same sources, for arm64 and Python 3.13, whatever machine builds them."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi

RUNTIME: Final = "python3.13"
ARCHITECTURE: Final = "arm64"

_ROOT: Final = Path(__file__).parent.parent

# The wheels that run on Lambda's Amazon Linux 2023 on arm64.
_PLATFORMS: Final = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")
_PYTHON_VERSION: Final = RUNTIME.removeprefix("python")

# What every bundle holds of ours, besides its own package.
_SHARED: Final = ("shared", "ordering", "http")

# What pip writes about the installation, or what nobody imports.
_LEFT_OUT: Final = ("*.dist-info/*", "__pycache__/*", "bin/*", "*.pyi", "*.pyc")

# What a bundle depends on besides its files: with other rules, what is cached is of no use.
_RULES: Final = repr((RUNTIME, ARCHITECTURE, _PLATFORMS, _LEFT_OUT)).encode()

# The zip format has no time zone and starts in 1980; a fixed moment keeps the bytes the same.
_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)


class BundleError(pulumi.RunError):
    """A bundle could not be built; says which, and what pip said."""


@dataclass(frozen=True, kw_only=True)
class Bundler:
    """Builds bundles from `handlers/`, and keeps them in a cache directory until their sources change."""

    with_dependencies: bool
    handlers: Path = _ROOT / "handlers"
    cache: Path = _ROOT / ".bundles"

    def bundle(self, package: str) -> Path:
        """Return the zip file for one handler package: it, what all handlers share, and the dependencies.

        Raises:
            BundleError: the package does not exist, or its dependencies cannot be installed.
        """
        if not (self.handlers / package / "handler.py").is_file():
            raise BundleError(f"There is no handler '{package}': {self.handlers / package / 'handler.py'} is missing.")
        sources = dict(self._sources(package))
        target = self.cache / f"{package}-{self._digest(sources)}.zip"
        if not target.exists():
            files = {**(self._dependencies() if self.with_dependencies else {}), **sources}
            _write_atomically(target, files)
        return target

    def bundle_all(self) -> list[Path]:
        """Build the bundles of every handler package, so that a deployment finds them in the cache."""
        packages = sorted(path.parent.name for path in self.handlers.glob("*/handler.py"))
        return [self.bundle(package) for package in packages]

    @property
    def requirements(self) -> Path:
        """The hash-locked requirements file of all handlers."""
        return self.handlers / "requirements.txt"

    def _sources(self, package: str) -> Iterator[tuple[str, Path]]:
        yield "handlers/__init__.py", self.handlers / "__init__.py"
        for folder in (*_SHARED, package):
            yield from _files(self.handlers / folder, prefix=f"handlers/{folder}/")

    def _digest(self, sources: dict[str, Path]) -> str:
        digest = hashlib.sha256(_RULES)
        if self.with_dependencies:
            digest.update(self.requirements.read_bytes())
        for name in sorted(sources):
            digest.update(f"\0{name}\0".encode())
            digest.update(sources[name].read_bytes())
        return digest.hexdigest()[:16]

    def _dependencies(self) -> dict[str, Path]:
        digest = hashlib.sha256(_RULES + self.requirements.read_bytes()).hexdigest()[:16]
        target = self.cache / f"dependencies-{digest}"
        if not target.exists():
            self._install(target)
        return dict(_files(target, prefix=""))

    def _install(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            options = [option for platform in _PLATFORMS for option in ("--platform", platform)]
            # pip, because it is wherever Pulumi runs Python, and knows the user's package index.
            command = [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
                *("--only-binary", ":all:", "--implementation", "cp", "--python-version", _PYTHON_VERSION, *options),
                *("--no-deps", "--require-hashes", "--requirement", str(self.requirements), "--target", scratch),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all of it is ours
            if done.returncode != 0:
                # Pip's last line alone may be a hash; the sentence starts where it first says ERROR.
                reason = " ".join(done.stderr[max(done.stderr.find("ERROR:"), 0) :].split())
                raise BundleError(f"pip could not install {self.requirements} for Lambda: {reason}")
            _keep_first(Path(scratch), target)


def _files(folder: Path, *, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_file() and not any(_matches(relative, pattern) for pattern in _LEFT_OUT):
            yield prefix + relative.as_posix(), path


def _matches(path: Path, pattern: str) -> bool:
    folder, _, name = pattern.rpartition("/")
    return any(part.match(folder) for part in path.parents if part.name) if folder else path.match(name)


def _write_atomically(target: Path, files: dict[str, Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        path = Path(scratch) / target.name
        with zipfile.ZipFile(path, "w", compresslevel=9) as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _TIMESTAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3  # Unix, wherever it is built, so that the mode below counts
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, files[name].read_bytes())
        path.replace(target)


def _keep_first(scratch: Path, target: Path) -> None:
    """Move a finished folder into place; another process that was faster wins."""
    staged = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(scratch, staged)
    try:
        staged.rename(target)
    except OSError:
        shutil.rmtree(staged)
        if not target.exists():
            raise


if __name__ == "__main__":
    # What a pipeline does before it has credentials: pip then runs without them.
    Bundler(with_dependencies=True).bundle_all()
