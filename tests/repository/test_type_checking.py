"""mypy reads every module of pulumi_aws that the code uses; types of the others would be Any."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pulumi_aws as aws

from tooling.root import ROOT

_PROVIDER = Path(aws.__file__).parent
_MYPY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
_IMPORT = re.compile(r"^\s*(?:import|from) pulumi_aws\b.*$", re.MULTILINE)
_USE = re.compile(r"\baws\.([a-zA-Z]\w*)")
_SIBLING = re.compile(r"^from \.(\w+) import |^from \. import (\w+)", re.MULTILINE)
_PARENT = re.compile(r"^from \.\.(\w+)[.\w]* import |^from \.\. import (\w+)", re.MULTILINE)


def _followed() -> set[str]:
    """The modules of pulumi_aws that mypy reads."""
    (override,) = (each for each in _MYPY["overrides"] if "pulumi_aws" in each["module"])
    assert override["follow_imports"] == "normal"
    names = {name.removeprefix("pulumi_aws.").removesuffix(".*") for name in override["module"]}
    return names - {"pulumi_aws"}


def _sources() -> list[str]:
    """The code of every checked module that imports pulumi_aws."""
    paths = [ROOT / name for name in _MYPY["files"]]
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    texts = [file.read_text(encoding="utf-8") for file in files]
    return [text for text in texts if _IMPORT.search(text)]


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
