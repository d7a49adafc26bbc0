"""Builds Lambda bundles: reproducible zip files, cached until their sources change."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi

from infra.functions.bundle.computed import ComputationError, with_computed_modules
from infra.functions.bundle.target import LAMBDA, Target

_ROOT: Final = Path(__file__).parents[3]

# Packages of `handlers/` that every bundle has besides its own.
_SHARED: Final = ("common", "events", "http", "order", "validation")

# A bundle has modules, and templates from folders of this name. Everything else stays out: `.env`,
# credentials, notes, caches, a virtual environment.
_MODULE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.py")
_TEMPLATE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\.(html|txt)")
_TEMPLATES: Final = "templates"

# Installed files that no function imports.
_LEFT_OUT: Final = ("*.dist-info/*", "__pycache__/*", "bin/*", "*.pyi", "*.pyc")

# What decides about bundles besides their files: other rules make other bundles.
_RULES: Final = (_MODULE, _TEMPLATE, _TEMPLATES, _LEFT_OUT)

# Zip files start in 1980; a fixed timestamp makes them reproducible.
_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)


class BundleError(pulumi.RunError):
    """A bundle could not be built: the message names the source's error, or pip's."""


@dataclass(frozen=True, kw_only=True)
class Bundler:
    """Builds bundles from `handlers/`, and caches them until their sources change."""

    with_dependencies: bool
    handlers: Path = _ROOT / "handlers"
    cache: Path = _ROOT / ".bundles"
    target: Target = LAMBDA

    def bundle(self, package: str) -> Path:
        """Return the zip file of a function: its package, the shared packages, dependencies.

        Raises:
            BundleError: the package does not exist, a source is not valid Python, or pip fails.
        """
        sources = self._sources(package)
        target = self.cache / f"{package}-{self._digest(sources)}.zip"
        if not target.exists():
            _compile(sources)
            dependencies = self._dependencies() if self.with_dependencies else {}
            _write_atomically(target, {**dependencies, **sources})
        return target

    def bundle_all(self) -> list[Path]:
        """Build all bundles, so that a deployment finds them in the cache."""
        return [self.bundle(package) for package in self._packages]

    def check_all(self) -> None:
        """Compile the sources of every handler package, and build nothing.

        Raises:
            BundleError: a source is not valid Python; names the file and the line.
        """
        for package in self._packages:
            _compile(self._sources(package))

    @property
    def _packages(self) -> list[str]:
        return sorted(path.parent.name for path in self.handlers.glob("*/handler.py"))

    @property
    def requirements(self) -> Path:
        """The hash-locked requirements file of all handlers."""
        return self.handlers / "requirements.txt"

    def _sources(self, package: str) -> dict[str, bytes]:
        if not (self.handlers / package / "handler.py").is_file():
            raise BundleError(
                f"There is no handler '{package}': "
                f"{self.handlers / package / 'handler.py'} is missing."
            )
        paths = [self.handlers / "__init__.py"]
        for folder in (*_SHARED, package):
            paths += _own_files(self.handlers / folder) if (self.handlers / folder).is_dir() else []
        sources = {
            f"handlers/{path.relative_to(self.handlers).as_posix()}": _text(path) for path in paths
        }
        try:
            return with_computed_modules(sources, handlers=self.handlers, cache=self.cache)
        except ComputationError as error:
            raise BundleError(f"{error}. The handlers are not deployed.") from None

    def _digest(self, sources: dict[str, bytes]) -> str:
        digest = hashlib.sha256(self._rules())
        if self.with_dependencies:
            digest.update(self.requirements.read_bytes())
        for name in sorted(sources):
            digest.update(f"\0{name}\0".encode())
            digest.update(sources[name])
        return digest.hexdigest()[:16]

    def _rules(self) -> bytes:
        return repr((self.target, _RULES)).encode()

    def _dependencies(self) -> dict[str, bytes]:
        digest = hashlib.sha256(self._rules() + self.requirements.read_bytes()).hexdigest()[:16]
        target = self.cache / f"dependencies-{digest}"
        if not target.exists():
            self._install(target)
        return {
            path.relative_to(target).as_posix(): path.read_bytes()
            for path in _installed_files(target)
        }

    def _install(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            # pip exists wherever Pulumi runs Python, and reads the user's package index.
            pip = ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
            if interpreter := self.target.interpreter:
                pip[1:1] = ["--python", str(interpreter)]
            files = ["--require-hashes", "--requirement", str(self.requirements)]
            files += ["--no-deps", "--target", scratch]
            result = subprocess.run(  # noqa: S603 - all arguments are constants or own paths
                [sys.executable, "-m", *pip, *files, *self.target.pip_options()],
                capture_output=True,
                text=True,
                check=False,
            )
            if result.returncode != 0:
                # The last line may be a hash only; the message starts at the first ERROR.
                reason = " ".join(result.stderr[max(result.stderr.find("ERROR:"), 0) :].split())
                raise BundleError(f"pip could not install {self.requirements} for Lambda: {reason}")
            _keep_first(Path(scratch), target)


def _own_files(folder: Path) -> Iterator[Path]:
    """Yield the sources of a package, without symbolic links."""
    pattern = _TEMPLATE if folder.name == _TEMPLATES else _MODULE
    for path in folder.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir() and (path.name == _TEMPLATES or (path / "__init__.py").is_file()):
            yield from _own_files(path)
        elif path.is_file() and pattern.fullmatch(path.name):
            yield path


def _text(path: Path) -> bytes:
    """Read a source; Git for Windows may have changed its line endings."""
    return path.read_bytes().replace(b"\r\n", b"\n")


def _compile(sources: dict[str, bytes]) -> None:
    """Compile modules, so that a syntax error fails the build and not the first request."""
    for name, content in sources.items():
        if name.endswith(".py"):
            try:
                with warnings.catch_warnings(action="ignore"):
                    compile(content, name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                line, problem = (
                    (error.lineno, error.msg) if isinstance(error, SyntaxError) else (1, str(error))
                )
                raise BundleError(
                    f"{name}, line {line}: {problem}. The handlers are not deployed."
                ) from None


def _installed_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not any(
            _matches(path.relative_to(folder), pattern) for pattern in _LEFT_OUT
        ):
            yield path


def _matches(path: Path, pattern: str) -> bool:
    folder, _, name = pattern.rpartition("/")
    return (
        any(part.match(folder) for part in path.parents if part.name)
        if folder
        else path.match(name)
    )


def _write_atomically(target: Path, files: dict[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        path = Path(scratch) / target.name
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _TIMESTAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3  # Unix, so that the mode below applies
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, files[name])
        path.replace(target)


def _keep_first(scratch: Path, target: Path) -> None:
    """Move a finished folder into place, unless another process was faster."""
    staged = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(scratch, staged)
    try:
        staged.rename(target)
    except OSError:
        shutil.rmtree(staged)
        if not target.exists():
            raise
