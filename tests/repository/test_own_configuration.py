"""The tests pass with a user's own configuration, stacks and project name, in a copy."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.project_copy import copy_project, run_python
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Tests that compare documents with stack files, or deploy the stack `local` of the user.
_AFFECTED = (
    "tests/repository/test_shipped_stacks.py",
    "tests/openapi/test_documents.py",
    "tests/docs/test_sources.py",
    "tests/infra/config/test_documents.py",
    "tests/infra/test_examples.py",
    "tests/infra/config/test_owner_values.py",
    "tests/local/test_cli.py",
    "tests/local/deployment/test_overrides.py",
    "tests/e2e/test_one_order.py",
)
# Tests with every resource name, which take minutes: run once, with all changes together.
_SLOW = (
    "tests/infra/config/test_config.py",
    "tests/infra/test_program.py",
    "tests/policy/test_stacks.py",
)

_OWN_VALUES: dict[str, dict[str, Any]] = {
    "dev": {
        "emailFrom": "orders@tea-house.net",
        "aws:region": "eu-central-1",
        "gateway": "rest",
        "logRetentionDays": 14,
    },
    "staging": {
        "emailFrom": {"secure": "v1:abc=:def="},
        "alerts": {"emails": ["ops@tea-house.net"]},
        "auth": "none",
    },
    "prod": {
        "emailFrom": "orders@tea-house.net",
        "alerts": {"emails": ["ops@tea-house.net"]},
        "corsOrigins": ["https://tea-house.net"],
        "aws:region": "eu-west-1",
        "auth": "jwt",
        "jwt": {"issuer": "https://login.tea-house.net", "audiences": ["shop"]},
        "deletionProtection": False,
    },
    "local": {"emailFrom": "orders@tea-house.net", "logLevel": "INFO", "orderRetentionDays": 45},
}


def _own_values(root: Path) -> None:
    """Change the shipped stacks as `pulumi config set` does, which drops comments."""
    for name, values in _OWN_VALUES.items():
        path = root / f"Pulumi.{name}.yaml"
        stack = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump({"config": {**stack["config"], **values}}), encoding="utf-8")


def _own_stacks(root: Path) -> None:
    """Create stacks from examples, and delete a shipped one."""
    names = {"queue-first": "shop", "http-platform": "pr-12", "event-driven": "pr-13"}
    for example, name in names.items():
        shutil.copy(root / "examples" / f"Pulumi.{example}.yaml", root / f"Pulumi.{name}.yaml")
    (root / "Pulumi.staging.yaml").unlink()


def _own_name(root: Path) -> None:
    """Rename the project as `pulumi new` does, which drops the template's part of the file."""
    path = root / "Pulumi.yaml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^name: .*$", "name: tea-house-orders", text, flags=re.MULTILINE)
    text = re.sub(r"^template:\n(?: .*\n)+", "", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def _everything(root: Path) -> None:
    _own_values(root)
    _own_stacks(root)
    _own_name(root)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "change", [_own_values, _own_stacks, _own_name, _everything], ids=lambda f: f.__name__[1:]
)
def test_what_belongs_to_the_user_breaks_no_test(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """In a copy of the project with a user's values, stacks or name, the tests pass."""
    copy = copy_project(tmp_path)
    change(copy)
    affected = (*_AFFECTED, *_SLOW) if change is _everything else _AFFECTED
    run = run_python(copy, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *affected)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]


def test_the_affected_tests_exist() -> None:
    """Every file that the test above runs exists."""
    assert [path for path in (*_AFFECTED, *_SLOW) if not (ROOT / path).is_file()] == []
