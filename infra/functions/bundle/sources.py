"""The handlers' sources: modules and templates, without anything else from their folders."""

import functools
import importlib.util
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pulumi

# A bundle has modules, and templates from folders of this name. Everything else stays out: `.env`,
# credentials, notes, caches, a virtual environment.
_MODULE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.py")
_TEMPLATE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\.(html|txt)")
_TEMPLATES: Final = "templates"


class BundleError(pulumi.RunError):
    """A bundle could not be built: the message names the source's error, or pip's."""


def read_sources(handlers: Path) -> dict[str, bytes]:
    """Return the sources of all handlers, by path in the bundle."""
    return {
        f"handlers/{path.relative_to(handlers).as_posix()}": _text(path)
        for path in _own_files(handlers)
    }


def check_syntax(sources: Mapping[str, bytes]) -> None:
    """Compile modules and templates, so that an error fails the build and not the first request.

    Templates are checked where Jinja is installed, which the program itself does without.

    Raises:
        BundleError: a source is not valid Python or Jinja; names the file and the line.
    """
    has_jinja = importlib.util.find_spec("jinja2") is not None
    for name, content in sources.items():
        if name.endswith(".py"):
            _check(name, content)
        elif has_jinja:
            _check_template(name, content)


def with_templates(modules: Collection[str], sources: Iterable[str]) -> Iterator[str]:
    """Yield modules, and the templates of the packages that these are in."""
    packages = {name.removesuffix("__init__.py") for name in modules}
    for name in sources:
        if name in modules or name.partition(f"{_TEMPLATES}/")[0] in packages:
            yield name


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


@functools.cache
def _check(name: str, content: bytes) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(content, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line, problem = (
            (error.lineno, error.msg) if isinstance(error, SyntaxError) else (1, str(error))
        )
        raise _error(name, line, problem) from None


@functools.cache
def _check_template(name: str, content: bytes) -> None:
    from jinja2 import Environment, TemplateSyntaxError  # noqa: PLC0415 (it may not be installed)

    try:
        Environment(autoescape=True).parse(content.decode())
    except TemplateSyntaxError as error:
        raise _error(name, error.lineno, error.message) from None
    except UnicodeDecodeError as error:
        raise _error(name, content.count(b"\n", 0, error.start) + 1, str(error)) from None


def _error(name: str, line: int | None, problem: str | None) -> BundleError:
    sentence = f"{name}, line {line}: {(problem or '').removesuffix('.')}."
    return BundleError(f"{sentence} The handlers are not deployed.")
