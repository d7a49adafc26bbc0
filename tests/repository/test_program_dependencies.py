"""Tests: the Pulumi program runs with what its own requirements install, and nothing else."""

import re
import subprocess
import sys

import pytest

from tooling.root import ROOT

# Imports the program's modules where only the packages in the arguments are installed.
_IMPORT_ALL = """
import importlib, importlib.metadata, pathlib, sys

class Missing:
    def __init__(self, installed):
        packages = importlib.metadata.packages_distributions().items()
        canonical = lambda name: name.lower().replace("_", "-")
        self.missing = {module for module, owners in packages if not installed & set(map(canonical, owners))}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing({*sys.argv[1:], "pip", "setuptools"}))
for path in sorted(pathlib.Path("infra").rglob("*.py")):
    parts = path.with_suffix("").parts
    importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
"""


@pytest.mark.slow
def test_the_program_needs_its_own_requirements_alone() -> None:
    """Whatever the program imports, of `handlers/` too, is a package that requirements.txt installs."""
    locked = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    command = [sys.executable, "-c", _IMPORT_ALL, *locked]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own code

    assert "pulumi-aws" in locked
    assert done.returncode == 0, done.stderr
