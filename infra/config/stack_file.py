"""The stack's file: its name, and keys that it sets twice, which YAML readers accept."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import yaml

# Replaces a value that is encrypted in the file.
SECRET: Final = "[secret]"  # noqa: S105 - what is shown in place of one

# libyaml's parser takes a tenth of the time, but some builds of PyYAML lack it.
SafeLoader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MERGE: Final = "<<"
_LONGEST_VALUE: Final = 200

# The names of the types of values, as the Pulumi CLI writes them.
_TYPES: Final[Mapping[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def file_name() -> str:
    """Return the name of the running stack's file, as the Pulumi CLI gives it."""
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def format_value(value: Any, *, with_type: bool) -> str:
    """Return a value as an error shows it: as JSON, shortened, and with the name of its type."""
    text = json.dumps(value, ensure_ascii=False)
    text = text if text.isprintable() else json.dumps(value)
    short = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
    return f"{short} ({_TYPES[type(value)]})" if with_type and value is not None else short


def duplicates_in_running_stack() -> list[str]:
    """Return a sentence for every key that the running stack's file sets more than once.

    A file that `pulumi --config-file` names is not checked: the program does not get its name.
    """
    path = Path(pulumi.get_root_directory() or ".") / file_name()
    if not path.is_file():
        return []
    return list(
        duplicates(path.read_text(encoding="utf-8"), source=path.name, project=pulumi.get_project())
    )


def duplicates(text: str, *, source: str, project: str) -> Iterator[str]:
    """Yield a sentence for every key that a file sets more than once, at any depth.

    Raises:
        yaml.YAMLError: the file is not valid YAML.
    """
    root = yaml.compose(text, Loader=SafeLoader)
    for path, values in _duplicates(root, (), project, set()):
        key = ".".join(path[1:]) if path[0] == "config" and path[1:] else ".".join(path)
        lines = " and ".join(str(value.start_mark.line + 1) for value in values)
        texts = " and ".join(map(_format_node, values))
        yield (
            f"Configuration key '{key}' is set more than once in {source}: {texts} "
            f"(lines {lines}); keep one."
        )


def _duplicates(
    node: yaml.Node | None, path: tuple[str, ...], project: str, seen: set[int]
) -> Iterator[tuple[tuple[str, ...], list[yaml.Node]]]:
    if node is None or id(node) in seen:  # an alias leads to its anchor
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _duplicates(item, (*path, str(number)), project, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    entries: dict[str, list[yaml.Node]] = {}
    for key, value in node.value:
        name = _qualified(str(key.value), path, project)
        entries.setdefault(name, []).append(value)
        yield from _duplicates(value, (*path, name), project, seen)
    for name, values in entries.items():
        if len(values) > 1 and name != _MERGE:
            yield (*path, name), values


def _qualified(key: str, path: tuple[str, ...], project: str) -> str:
    """Return a key with its namespace, which the project's own keys may lack."""
    return f"{project}:{key}" if path == ("config",) and ":" not in key and key != _MERGE else key


def _format_node(node: yaml.Node) -> str:
    """Return a value as it is written; nothing of an encrypted one."""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.MappingNode) and any(key.value == "secure" for key, _ in node.value):
        return SECRET
    return "an object" if isinstance(node, yaml.MappingNode) else "a list"
