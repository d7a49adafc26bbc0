"""The import graph, by which a bundle gets the modules of its handler."""

from __future__ import annotations

import pytest

from infra.functions.bundle.imports import reachable

_FILES = ("a/__init__.py", "a/b/__init__.py", "a/b/c.py", "a/d.py", "e.py")
_PACKAGES = {"a/__init__.py", "a/b/__init__.py"}


def _reached(source: str) -> tuple[set[str], set[str]]:
    """The files and other names that `a/b/main.py` with this source imports, without itself."""
    sources = {**dict.fromkeys(_FILES, b""), "a/b/main.py": source.encode()}
    files, others = reachable(["a.b.main"], sources)
    assert files >= {"a/b/main.py", *_PACKAGES}
    return files - {"a/b/main.py", *_PACKAGES}, others


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("import a.d", "a/d.py"),
        ("import a.d as other, e", "a/d.py"),
        ("from a import d", "a/d.py"),
        ("from a.b import c", "a/b/c.py"),
        ("from a.b.c import name", "a/b/c.py"),
        ("from . import c", "a/b/c.py"),
        ("from .c import name", "a/b/c.py"),
        ("from .. import d", "a/d.py"),
        ("from ..d import name", "a/d.py"),
        ("def f():\n    import a.d", "a/d.py"),
        ("try:\n    import a.d\nexcept ImportError:\n    pass", "a/d.py"),
        ("class A:\n    if True:\n        from a import d", "a/d.py"),
        ("if TYPE_CHECKING:\n    import e\nelse:\n    import a.d", "a/d.py"),
    ],
)
def test_imports_are_followed(source: str, file: str) -> None:
    """Every import statement counts, absolute or relative, wherever it is."""
    files, _ = _reached(source)
    assert files - {"e.py"} == {file}


@pytest.mark.parametrize(
    "source",
    [
        "if TYPE_CHECKING:\n    import a.d",
        "import typing\nif typing.TYPE_CHECKING:\n    from a import d",
        "'import a.d'",
        "# import a.d",
    ],
)
def test_imports_for_type_checkers_do_not_count(source: str) -> None:
    """What is imported for types alone, or written in a text, is not followed."""
    files, _ = _reached(source)
    assert files == set()


def test_imports_are_followed_through_modules() -> None:
    """A module that is imported by a module counts, and a cycle ends."""
    sources = {"a.py": b"import b", "b.py": b"import c", "c.py": b"import a", "d.py": b""}
    assert reachable(["a"], sources) == ({"a.py", "b.py", "c.py"}, set())


def test_a_package_is_imported_with_its_modules() -> None:
    """What a package's `__init__.py` imports is needed by each of its modules."""
    sources = {"a/__init__.py": b"import e", "a/b.py": b"", "e.py": b""}
    files, _ = reachable(["a.b"], sources)
    assert files == sources.keys()


def test_other_modules_are_named() -> None:
    """Modules that are no files are named: their first part finds the distribution."""
    _, others = _reached("import json, botocore.session\nfrom jinja2 import Environment")
    assert {name.partition(".")[0] for name in others} == {"json", "botocore", "jinja2"}
