"""Builds Lambda bundles, and caches them until something that they are made of changes."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from infra.functions.bundle import botocore_data
from infra.functions.bundle.bytecode import compiled, find_interpreter, warn_without_bytecode
from infra.functions.bundle.computed import with_computed_modules
from infra.functions.bundle.computed_source import ComputationError
from infra.functions.bundle.dependencies import Dependencies, install
from infra.functions.bundle.files import digest_of, write_atomically, write_into
from infra.functions.bundle.imports import reachable
from infra.functions.bundle.sources import BundleError, check_syntax, read_sources, with_templates
from infra.functions.bundle.target import LAMBDA, Target

_ROOT: Final = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Bundler:
    """Builds bundles from `handlers/`: what a function imports, and the bytecode of that.

    Without dependencies, bundles have neither dependencies nor bytecode.
    """

    with_dependencies: bool
    handlers: Path = _ROOT / "handlers"
    cache: Path = _ROOT / ".bundles"
    target: Target = LAMBDA

    def bundle(self, package: str) -> Path:
        """Return the zip file of a function.

        Raises:
            BundleError: the package does not exist, a source is not valid Python or Jinja, or pip
                fails.
        """
        own, imports = self._own_files(package)
        target = self._path(package, own)
        if not target.exists():
            files = own
            if self.with_dependencies:
                files = self._dependencies.needed_by(imports) | self._with_bytecode(own)
            write_atomically(target, files)
        return target

    def bundle_all(self) -> list[Path]:
        """Build all bundles, so that a deployment finds them in the cache."""
        return [self.bundle(package) for package in self._packages()]

    def find_all(self) -> list[Path]:
        """Return all bundles of the cache, and build nothing.

        Raises:
            BundleError: a bundle of these sources is not in the cache.
        """
        paths = [self._path(package, self._own_files(package)[0]) for package in self._packages()]
        for path in paths:
            if not path.is_file():
                raise BundleError(
                    f"There is no {path.name} in {self.cache}: the bundles there are those of "
                    "another commit or requirements file."
                )
        return paths

    def check_all(self) -> None:
        """Compile the sources of every handler package, and build nothing.

        Raises:
            BundleError: a source is not valid Python or Jinja; names the file and the line.
        """
        check_syntax(read_sources(self.handlers))

    @property
    def requirements(self) -> Path:
        """The hash-locked requirements file of all handlers."""
        return self.handlers / "requirements.txt"

    def _packages(self) -> list[str]:
        return sorted(path.parent.name for path in self.handlers.glob("*/handler.py"))

    def _own_files(self, package: str) -> tuple[dict[str, bytes], set[str]]:
        """Return a function's modules and templates, and the packages that they import."""
        entry_point = self.handlers / package / "handler.py"
        if not entry_point.is_file():
            raise BundleError(f"There is no handler '{package}': {entry_point} is missing.")
        modules, imports = reachable([f"handlers.{package}.handler"], self._sources)
        own = {name: self._sources[name] for name in with_templates(modules, self._sources)}
        return own, imports

    def _path(self, package: str, own: Mapping[str, bytes]) -> Path:
        return self.cache / f"{package}-{self._digest(own)}.zip"

    @cached_property
    def _sources(self) -> dict[str, bytes]:
        """The sources of all handlers, by path in the bundle; imports are followed afterwards."""
        sources = read_sources(self.handlers)
        check_syntax(sources)
        try:
            return with_computed_modules(sources, cache=self.cache)
        except ComputationError as error:
            raise BundleError(f"{error}. The handlers are not deployed.") from None

    @cached_property
    def _interpreter(self) -> Path | None:
        """The Python that compiles; None, which is reported once, if there is none."""
        interpreter = find_interpreter(self.target)
        if interpreter is None:
            warn_without_bytecode(self.target)
        return interpreter

    def _with_bytecode(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        return {**files, **(compiled(self._interpreter, files) if self._interpreter else {})}

    def _digest(self, files: Mapping[str, bytes]) -> str:
        """Return what names a bundle, or the dependencies: a digest of all they are made of."""
        return digest_of(self._rules, files)

    @cached_property
    def _rules(self) -> bytes:
        """What decides about bundles besides the handlers' files."""
        modules = sorted(Path(__file__).parent.glob("*.py"))
        parts = [repr(self.target).encode(), *(module.read_bytes() for module in modules)]
        if self.with_dependencies:
            parts += [b"bytecode" if self._interpreter else b"no bytecode"]
            parts += [self.requirements.read_bytes()]
        return b"".join(parts)

    @cached_property
    def _dependencies(self) -> Dependencies:
        folder = self.cache / f"dependencies-{self._digest({})}"
        if not folder.exists():
            self._install(folder)
        return Dependencies(folder, self.target)

    def _install(self, folder: Path) -> None:
        """Install all dependencies, with bytecode; another process may be faster."""
        self.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.cache) as scratch:
            installed = Path(scratch) / "installed"
            installed.mkdir()
            install(self.requirements, self.target, installed)
            botocore_data.prune(installed / "botocore" / "data")
            files = Dependencies(installed, self.target).files()
            write_into(installed, self._with_bytecode(files))
            try:
                installed.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
