"""mypy reads every module of pulumi_aws that the code uses; types of the others would be Any."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi_aws
import pytest

from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROVIDER = Path(pulumi_aws.__file__).parent
_MYPY: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]["mypy"]
_SIBLING = re.compile(r"^from \.(\w+) import |^from \. import (\w+)", re.MULTILINE)
_COUSIN = re.compile(r"^from \.\.(\w+)[.\w]* import |^from \.\. import (\w+)", re.MULTILINE)


def _followed() -> set[str]:
    """The modules and packages of pulumi_aws that mypy reads, without the name of pulumi_aws."""
    (override,) = (o for o in _MYPY["overrides"] if "pulumi_aws" in o["module"])
    assert override["follow_imports"] == "normal"
    return {name.removeprefix("pulumi_aws.").removesuffix(".*") for name in override["module"]} - {
        "pulumi_aws"
    }


def _checked_files() -> Iterator[Path]:
    for name in _MYPY["files"]:
        path = ROOT / name
        yield from path.rglob("*.py") if path.is_dir() else [path]


def _used_names(source: str) -> set[str]:
    """What a module uses of pulumi_aws: of `aws.sqs.Queue`, `sqs`."""
    if "pulumi_aws" not in source:
        return set()
    nodes = list(ast.walk(ast.parse(source)))
    names, aliases = set(), set()
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                package, _, module = alias.name.partition(".")
                if package == "pulumi_aws":
                    names |= {module.partition(".")[0]} - {""}
                    aliases |= set() if module and alias.asname else {alias.asname or package}
        elif isinstance(node, ast.ImportFrom) and node.module:
            package, _, module = node.module.partition(".")
            if package == "pulumi_aws":
                names |= (
                    {module.partition(".")[0]} if module else {alias.name for alias in node.names}
                )
    for node in nodes:
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in aliases
        ):
            names.add(node.attr)
    return {name for name in names if not name.startswith("__")}


def _module(name: str) -> str:
    """The module of pulumi_aws where a name stands: itself, if it is one."""
    if (_PROVIDER / name).is_dir() or (_PROVIDER / f"{name}.py").is_file():
        return name
    defined: str = getattr(pulumi_aws, name).__module__
    return defined.split(".")[1]


def _imports(name: str) -> set[str]:
    """What a module or package of pulumi_aws imports from beside it."""
    package = _PROVIDER / name
    files, pattern = (
        (package.rglob("*.py"), _COUSIN)
        if package.is_dir()
        else ([package.with_suffix(".py")], _SIBLING)
    )
    return {a or b for file in files for a, b in pattern.findall(file.read_text(encoding="utf-8"))}


def _needed(names: set[str]) -> set[str]:
    """The modules where names stand, and those that they import, whose types they use."""
    needed: set[str] = set()
    waiting = {_module(name) for name in names} | {"_enums", "_inputs", "outputs"}
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting |= _imports(name) - needed
    return needed


def test_mypy_reads_each_used_module_of_the_provider() -> None:
    """Mypy follows the modules of pulumi_aws that the code uses and what they import, no others."""
    used = {
        name for path in _checked_files() for name in _used_names(path.read_text(encoding="utf-8"))
    }
    needed, followed = _needed(used), _followed()
    assert needed - followed == set(), "add these to the overrides of mypy in pyproject.toml"
    assert followed - needed == set(), "take these from the overrides of mypy in pyproject.toml"


@pytest.mark.parametrize(
    "source",
    [
        "import pulumi_aws as aws\naws.sqs.Queue('q')",
        "import pulumi_aws\nx: pulumi_aws.sqs.Queue",
        "import pulumi_aws.sqs\npulumi_aws.sqs.Queue('q')",
        "import pulumi_aws.sqs as queues",
        "import pulumi_aws.sqs.queue",
        "from pulumi_aws import sqs",
        "from pulumi_aws import sqs as queues",
        "from pulumi_aws.sqs import Queue",
        "from pulumi_aws.sqs.queue import Queue",
        "if TYPE_CHECKING:\n    from pulumi_aws import sqs",
    ],
)
def test_every_form_of_use_is_seen(source: str) -> None:
    """A module of the provider counts as used, however it is imported."""
    assert _used_names(source) == {"sqs"}
