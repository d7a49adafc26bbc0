"""The import graph: which files a module needs, found without running it."""

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath


def reachable(start: Iterable[str], sources: Mapping[str, bytes]) -> tuple[set[str], set[str]]:
    """Return the files that modules need, themselves included, and the other imported names.

    Imports in functions count; those for type checkers do not. A module's packages are imported
    with it. A name after `from ... import` may be a module, or something in one.

    Args:
        start: Names of modules.
        sources: The files that can be imported, by path.
    """
    files, others, pending = set[str](), set[str](), set(start)
    while pending:
        module = pending.pop()
        if parent := module.rpartition(".")[0]:
            pending.add(parent)
        path = _file(module, sources)
        if path is None:
            others.add(module)
        elif path not in files:
            files.add(path)
            pending |= _imported_by(sources[path], PurePosixPath(path).parent.parts)
    return files, others


def _file(module: str, sources: Mapping[str, bytes]) -> str | None:
    path = module.replace(".", "/")
    return next((name for name in (f"{path}/__init__.py", f"{path}.py") if name in sources), None)


@functools.cache
def _imported_by(source: bytes, package: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_imports(ast.parse(source), package))


def _imports(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom():
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        case ast.If() if _is_type_checking(node.test):
            for statement in node.orelse:
                yield from _imports(statement, package)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, package)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
