"""Regions: the program takes its region from the configuration, and names none itself."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

import yaml

from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PACKAGES: Final = ("infra", "handlers", "orderctl", "policy", "release", "bootstrap", "costs")
# The embedded AWS has one region, which `local/` and `tooling/signing.py` name.
_REGION: Final = re.compile(
    r"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?"
    r"-(?:north|south|east|west|central)(?:east|west)?-[0-9]\b"
)

# Files with a region in a text, and why.
_JUSTIFIED: Final = {
    "infra/config/documents.py": "the default in the table of keys, as Pulumi.yaml has it",
    "infra/config/objects.py": "an example of a sign-in page in a key's description",
    "costs/prices.py": "the region of the price list, whatever region a stack is in",
    "bootstrap/config.py": "an example in an error about the key aws:region",
}


def _texts(path: Path) -> Iterator[str]:
    """The texts of a module without its docstrings, or the values of a YAML file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        yield yaml.safe_dump(yaml.safe_load(source))
        return
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def _files() -> Iterator[Path]:
    yield ROOT / "__main__.py"
    for package in _PACKAGES:
        for suffix in ("py", "yaml"):
            yield from (
                path for path in (ROOT / package).rglob(f"*.{suffix}") if ".venv" not in path.parts
            )


def test_no_region_is_hard_coded() -> None:
    """No text of the program and its command lines names a region, without a reason above."""
    named = {
        str(path.relative_to(ROOT))
        for path in _files()
        if any(_REGION.search(text) for text in _texts(path))
    }
    assert named == _JUSTIFIED.keys()


def test_the_pattern_knows_the_forms_of_regions() -> None:
    """The pattern finds the regions of every partition, and no zone, host or version."""
    for region in (
        *("us-east-1", "eu-central-2", "ap-southeast-5", "ap-northeast-3", "us-gov-west-1"),
        *("cn-northwest-1", "me-central-1", "mx-central-1", "us-iso-east-1", "il-central-1"),
    ):
        assert _REGION.fullmatch(region), region
        assert _REGION.search(f"https://x.execute-api.{region}.amazonaws.com"), region
    for text in ("eu-1", "us-east", "bus-east-1x", "central-1"):
        assert not _REGION.search(text), text
