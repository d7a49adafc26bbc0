"""Stack files are read as the Pulumi CLI reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tooling.errors import UserError
from tooling.stackfile import SECRET_PLACEHOLDER, load

if TYPE_CHECKING:
    from pathlib import Path

_PROJECT = """
name: shop
runtime: python
config:
  currency: {type: string, description: What to charge in, default: USD}
  retries: {type: integer, default: 3}
  recovery: {type: boolean, default: true}
  plain: text
  aws:region: {value: eu-central-1}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project folder with defaults."""
    (tmp_path / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    return tmp_path


def _config(root: Path, stack: str) -> dict[str, str]:
    (root / "Pulumi.dev.yaml").write_text(stack, encoding="utf-8")
    return load("dev", root).config


def test_defaults_come_from_the_project(root: Path) -> None:
    """A stack that sets nothing has the project's defaults as strings."""
    assert _config(root, "") == {
        "shop:currency": "USD",
        "shop:retries": "3",
        "shop:recovery": "true",
        "shop:plain": "text",
        "aws:region": "eu-central-1",
    }


def test_a_stack_overrides_defaults_with_or_without_the_namespace(root: Path) -> None:
    """`key` and `project:key` are the same key."""
    config = _config(root, "config:\n  shop:currency: EUR\n  retries: 5\n  aws:region: eu-west-1\n")
    assert (config["shop:currency"], config["shop:retries"], config["aws:region"]) == (
        "EUR",
        "5",
        "eu-west-1",
    )


def test_values_become_the_engines_strings(root: Path) -> None:
    """Strings are unchanged, and other values are JSON."""
    config = _config(
        root, "config:\n  a: false\n  b: 0.5\n  c: [1, x]\n  d: {e: null}\n  f: 'yes: no'\n"
    )
    expected = {
        "shop:a": "false",
        "shop:b": "0.5",
        "shop:c": '[1,"x"]',
        "shop:d": '{"e":null}',
        "shop:f": "yes: no",
    }
    assert expected.items() <= config.items()


def test_texts_are_read_as_the_declared_type(root: Path) -> None:
    """`pulumi config set` stores numbers and booleans as text."""
    config = _config(root, "config:\n  retries: '-5'\n  recovery: 'false'\n  currency: '7'\n")
    assert (config["shop:retries"], config["shop:recovery"], config["shop:currency"]) == (
        "-5",
        "false",
        "7",
    )


def test_yaml_1_2(root: Path) -> None:
    """`on` is no boolean, an account with a leading zero no octal number, a time no number."""
    config = _config(root, "config:\n  a: on\n  b: 012345670123\n  c: 12:30\n  d: 2026-11-21\n")
    expected = {"shop:a": "on", "shop:b": "012345670123", "shop:c": "12:30", "shop:d": "2026-11-21"}
    assert expected.items() <= config.items()


def test_a_secret_has_a_placeholder(root: Path) -> None:
    """A secret, which only the CLI can decrypt, has a placeholder."""
    assert (
        _config(root, "config:\n  password: {secure: AAABAM}\n")["shop:password"]
        == SECRET_PLACEHOLDER
    )


def test_project_stack_and_root(root: Path) -> None:
    """The settings have the project's and the stack's name, and the root."""
    (root / "elsewhere.yaml").write_text("config: {currency: EUR}", encoding="utf-8")
    loaded = load("pr-7", root, root / "elsewhere.yaml")
    assert (loaded.project, loaded.stack, loaded.root) == ("shop", "pr-7", root)
    assert loaded.config["shop:currency"] == "EUR"


@pytest.mark.parametrize(
    ("project", "stack", "sentence"),
    [
        (_PROJECT, "config: {retries: many}", "'shop:retries' to a value of type 'integer'"),
        (_PROJECT, "config: {retries: true}", "'shop:retries' to a value of type 'integer'"),
        (_PROJECT, "config: {recovery: 'yes'}", "'shop:recovery' to a value of type 'boolean'"),
        (
            "name: shop\nconfig: {sender: {type: string}}",
            "",
            "missing a value for the configuration key 'shop:sender'",
        ),
        ("name: shop\nconfig: {sender: {type: text, default: a}}", "", "unknown type 'text'"),
        (
            "name: shop\nconfig: {sender: {description: optional}}",
            "a: [",
            "Pulumi.dev.yaml is not valid YAML",
        ),
        ("runtime: python", "", "must give the project's name"),
        ("- name", "", "must hold a mapping"),
        (_PROJECT, "config: 3", "'config' in Pulumi.dev.yaml must hold a mapping"),
        (_PROJECT, "config: [a]", "'config' in Pulumi.dev.yaml must hold a mapping"),
        ("name: shop\nconfig: a", "", "'config' in Pulumi.yaml must hold a mapping"),
        (_PROJECT, "config: {1: a}", "the key 1, which must be text"),
        (_PROJECT, "config: {null: a}", "the key None, which must be text"),
        (_PROJECT, "config: {a: !!binary aGk=}", "'shop:a' to what JSON cannot hold"),
        (_PROJECT, f"config: {'[' * 3000}{']' * 3000}", "Pulumi.dev.yaml is nested too deeply"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, project: str, stack: str, sentence: str) -> None:
    """An error names the file, the key and what is allowed."""
    (tmp_path / "Pulumi.yaml").write_text(project, encoding="utf-8")
    with pytest.raises(UserError, match=sentence):
        _config(tmp_path, stack)


def test_a_key_may_be_declared_without_type_or_value(tmp_path: Path) -> None:
    """A key without a type or a default is optional."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nconfig: {sender: {description: optional}}", encoding="utf-8"
    )
    assert _config(tmp_path, "") == {}


def test_a_file_that_cannot_be_read_is_named(root: Path) -> None:
    """The error names the file, whether it is no text or no file."""
    (root / "Pulumi.latin.yaml").write_bytes("config: {a: Zoé}".encode("latin-1"))
    (root / "Pulumi.folder.yaml").mkdir()
    with pytest.raises(UserError, match=r"Pulumi\.latin\.yaml must be UTF-8 text"):
        load("latin", root)
    with pytest.raises(UserError, match=r"Pulumi\.folder\.yaml cannot be read: Is a directory"):
        load("folder", root)


def test_a_missing_file_is_named(root: Path) -> None:
    """The error names the file."""
    with pytest.raises(UserError, match=r"no file Pulumi\.qa\.yaml"):
        load("qa", root)
