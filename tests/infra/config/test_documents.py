"""Documents that are generated from the configuration model."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml

from infra.config import StackConfig, documents
from infra.config.__main__ import main
from infra.config.documents import ROOT, fields

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic.fields import FieldInfo

_NAMES = ("Pulumi.yaml", "README.md", "docs/configuration.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the documents as they are in the repository."""
    for name in _NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_documents_are_up_to_date(root: Path) -> None:
    """What `make docs` would write is what is in the repository."""
    assert documents.stale(root) == []


@pytest.mark.parametrize("name", _NAMES)
def test_a_stale_document_is_named_with_the_command(
    root: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a change the check fails with the file and the command that writes it again."""
    path = root / name
    path.write_text(
        path.read_text(encoding="utf-8").replace("whose pages may call", "which may call")
    )
    assert main(["--check"], root) == 1
    assert capsys.readouterr().err == f"Out of date: {name}; run: make docs\n"
    assert main(["--write"], root) == 0
    assert main(["--check"], root) == 0
    assert path.read_bytes() == (ROOT / name).read_bytes()


def test_another_style_of_the_project_file_is_accepted(root: Path) -> None:
    """`pulumi new` writes Pulumi.yaml in its own style, which is no difference."""
    path = root / "Pulumi.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert main(["--check"], root) == 0


def test_a_document_without_markers_is_refused(root: Path) -> None:
    """Where the lines are missing between which a table belongs, the error names them."""
    path = root / "README.md"
    path.write_text("# Mine\n")
    with pytest.raises(ValueError, match=r"README\.md lacks the lines '<!-- generated: "):
        documents.stale(root)


@pytest.mark.parametrize("arguments", [[], ["--fix"], ["--check", "--write"]])
def test_other_arguments_are_refused(arguments: list[str]) -> None:
    """The command checks or writes."""
    assert main(arguments) == 2


@pytest.mark.parametrize(("key", "field"), list(fields()))
def test_every_key_is_described(key: str, field: FieldInfo) -> None:
    """Every key, inside objects too, has a description of one or more sentences."""
    assert re.fullmatch(r"[A-Z].*\.", field.description or ""), key


def test_the_template_asks_for_keys_that_exist() -> None:
    """`pulumi new` asks for the region and for keys of the model, the required ones included.

    It removes this part from a new project.
    """
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    if "template" in project:
        template = set(project["template"]["config"])
        assert template <= {"aws:region", *StackConfig.keys()}
        assert {
            key for key, field in fields() if field.is_required() and "." not in key
        } <= template
