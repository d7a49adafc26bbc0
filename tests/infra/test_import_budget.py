"""Import budget of a preview: which packages of the provider it loads, and how many modules."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tooling.root import ROOT

# A preview of the stack `dev` loads 1,100 modules with Python 3.11, of which Pulumi, gRPC and
# pydantic have 600. The rest is for other versions of Python and of the packages.
_BUDGET = 1250

_PREVIEW = """
import dataclasses, importlib, json, pathlib, sys
from tests.infra.support.mock_responses import Cloud
from tests.support.stacks import SHIPPED, load
from local.deployment import program

def provider_packages():
    # A package that is not loaded yet is in `sys.modules` too, but none of its modules is.
    parts = (name.split(".") for name in sys.modules if name.startswith("pulumi_aws."))
    return sorted({path[1] for path in parts if len(path) > 2})

class Types(Cloud):
    types = set()

    def new_resource(self, args):
        self.types.add(args.typ)
        return super().new_resource(args)

for path in sorted(pathlib.Path("infra").rglob("[a-z]*.py")):
    importlib.import_module(".".join(path.with_suffix("").parts))
imported = provider_packages()
stack = load(SHIPPED["dev"])
endpoints = {"aws:endpoints": json.dumps([{"lambda": "http://127.0.0.1:4566"}])}
stack = dataclasses.replace(stack, config={**stack.config, **endpoints})
program.run(Types("us-east-1", computes=False), stack, preview=True)
json.dump({"imported": imported, "loaded": provider_packages(),
           "types": sorted(Types.types), "modules": len(sys.modules)}, sys.stdout)
"""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a process loaded: packages of the provider by the imports alone, and in all."""

    imported: set[str]
    loaded: set[str]
    types: set[str]
    modules: int


@pytest.fixture(scope="module")
def preview() -> Preview:
    """A preview of the stack `dev` in a process of its own."""
    process = subprocess.run(  # noqa: S603 - the project's code
        [sys.executable, "-c", _PREVIEW], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout)
    return Preview(
        imported=set(result["imported"]),
        loaded=set(result["loaded"]),
        types=set(result["types"]),
        modules=result["modules"],
    )


def test_importing_the_program_loads_no_package_of_the_provider(preview: Preview) -> None:
    """The program's modules name the provider's classes in annotations without loading them."""
    assert preview.imported == set()


def test_a_preview_loads_the_packages_of_its_resources(preview: Preview) -> None:
    """A preview loads packages of the provider only for resources that the stack has."""
    tokens = {kind.split(":")[1].split("/")[0] for kind in preview.types if kind.startswith("aws:")}
    packages = {name.rstrip("_") for name in preview.loaded}
    assert "lambda" in packages
    assert packages == tokens


def test_a_preview_stays_within_its_budget(preview: Preview) -> None:
    """A preview of the stack `dev` imports no more modules than its budget."""
    assert preview.modules <= _BUDGET
