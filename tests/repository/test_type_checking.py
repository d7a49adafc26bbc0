"""mypy reads every module that the code uses; types of modules that it skips would be Any."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

import pulumi_aws as aws

from tooling.root import ROOT

_PROVIDER = Path(aws.__file__).parent
_MYPY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
_IMPORT = re.compile(r"^\s*(?:import|from) pulumi_aws\b.*$", re.MULTILINE)
_FROM = re.compile(r"^\s*(?:from ([\w.]+) import |import ([\w.]+))", re.MULTILINE)
_USE = re.compile(r"\baws\.([a-zA-Z]\w*)")
_SIBLING = re.compile(r"^from \.(\w+) import |^from \. import (\w+)", re.MULTILINE)
_PARENT = re.compile(r"^from \.\.(\w+)[.\w]* import |^from \.\. import (\w+)", re.MULTILINE)


def _followed() -> set[str]:
    """The modules of pulumi_aws that mypy reads."""
    names = {name for name in _overridden("normal") if name.startswith("pulumi_aws.")}
    return {name.removeprefix("pulumi_aws.").removesuffix(".*") for name in names}


def _overridden(follow_imports: str) -> set[str]:
    """The modules of the overrides that set `follow_imports` to a value, such as `moto.*`."""
    return {
        name
        for override in _MYPY["overrides"]
        if override.get("follow_imports") == follow_imports
        for name in override["module"]
    }


@functools.cache
def _code() -> list[str]:
    """The code of every checked module."""
    paths = [ROOT / name for name in _MYPY["files"]]
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    return [file.read_text(encoding="utf-8") for file in files]


def _sources() -> list[str]:
    """The code of every checked module that imports pulumi_aws."""
    return [text for text in _code() if _IMPORT.search(text)]


def _is_named(module: str, names: set[str]) -> bool:
    """Whether a module is among names such as `moto` and `moto.core.*`."""
    parents = (module[:end] for end in range(len(module) + 1) if module[end : end + 1] in ("", "."))
    return module in names or any(f"{parent}.*" in names for parent in parents)


def _module(name: str) -> str:
    """The module of pulumi_aws that has a name: itself, if it is one; of other names, none."""
    if (_PROVIDER / name).is_dir() or (_PROVIDER / f"{name}.py").is_file():
        return name
    return str(getattr(aws, name).__module__).split(".")[1] if hasattr(aws, name) else ""


def _imports(name: str) -> set[str]:
    """The modules beside it that a module or package of pulumi_aws imports."""
    package = _PROVIDER / name
    files, pattern = [package.with_suffix(".py")], _SIBLING
    if package.is_dir():
        files, pattern = [*package.rglob("*.py")], _PARENT
    return {a or b for file in files for a, b in pattern.findall(file.read_text(encoding="utf-8"))}


def test_every_module_imports_the_provider_alike() -> None:
    """pulumi_aws is always imported as `aws`, so that its use can be found."""
    imports = {line.strip() for text in _sources() for line in _IMPORT.findall(text)}
    assert imports == {"import pulumi_aws as aws"}


def test_mypy_reads_each_used_module_of_the_provider() -> None:
    """Mypy follows the modules of pulumi_aws that the code uses and what they import, no others."""
    modules = {_module(name) for text in _sources() for name in _USE.findall(text)} - {""}
    waiting, needed = modules | {"_enums", "_inputs", "outputs"}, set[str]()
    while waiting:
        needed |= waiting
        waiting = {name for module in waiting for name in _imports(module)} - needed
    followed = _followed()
    assert needed - followed == set(), "add these to the overrides of mypy in pyproject.toml"
    assert followed - needed == set(), "take these from the overrides of mypy in pyproject.toml"


def test_mypy_reads_what_the_code_imports() -> None:
    """The code imports no module that mypy skips."""
    imports = {name for text in _code() for pair in _FROM.findall(text) for name in pair if name}
    skipped = {name for name in imports if _is_named(name, _overridden("skip"))}
    assert {"moto", "moto.backends"} <= skipped
    assert {name for name in skipped if not _is_named(name, _overridden("normal"))} == set()
