"""Documents that are generated from the configuration model (`make docs`).

They are the `config:` section of Pulumi.yaml, and tables between markers in Markdown.
"""

import json
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.config.model import StackConfig
from infra.config.values import one_of

ROOT: Final = Path(__file__).parents[2]

# The keys that nearly every stack sets, for the README. The AWS provider's own key has no model.
_ESSENTIAL: Final = ("emailFrom", "alerts.emails", "auth", "corsOrigins")
_REGION: Final = "| `aws:region` | The AWS region to deploy into. | `us-east-1` |"

_TYPES: Final = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}
_WIDTH: Final = 96

_START: Final = "<!-- generated: configuration (make docs) -->"
_END: Final = "<!-- end of generated -->"
_MODEL: Final = "infra/config/model.py"
_CONFIG: Final = re.compile(r"^config:.*\n(?:[ #-].*\n|\n)*", re.MULTILINE)


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Return the text that each document should have.

    Raises:
        ValueError: a Markdown file lacks the markers of a table.
    """
    project, readme = root / "Pulumi.yaml", root / "README.md"
    page = root / "docs" / "configuration.md"
    return {
        project: _with_config(project.read_text(encoding="utf-8")),
        readme: _with_table(readme, _essential_table()),
        page: _with_table(page, _reference_table()),
    }


def write(root: Path = ROOT) -> None:
    """Write every document anew."""
    for path, text in documents(root).items():
        path.write_text(text, encoding="utf-8")


def stale(root: Path = ROOT) -> list[str]:
    """Return the paths of the documents that differ from the model."""
    return [
        path.relative_to(root).as_posix()
        for path, text in documents(root).items()
        if path.read_text(encoding="utf-8") != text
    ]


def fields(
    model: type[BaseModel] = StackConfig, prefix: str = ""
) -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key with its field; those inside an object follow it, with dots in their names.

    The keys of an object by function are `<function>`.
    """
    for field in model.model_fields.values():
        key = f"{prefix}{field.alias}"
        yield key, field
        for kind in _without_none(field.annotation):
            by_name = get_origin(kind) is dict
            inner = get_args(kind)[1] if by_name else kind
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from fields(inner, f"{key}.<function>." if by_name else f"{key}.")


def _with_config(text: str) -> str:
    """Return Pulumi.yaml with another `config:` section."""
    if yaml.safe_load(text).get("config") == (declared := _declarations()):
        return text  # `pulumi new` writes the file in its own style
    section = yaml.safe_dump(declared, sort_keys=False, width=_WIDTH, indent=2)
    lines = "".join(f"  {line}\n" for line in section.splitlines())
    return _CONFIG.sub(lambda _: f"config: # generated from {_MODEL} by `make docs`\n{lines}", text)


def _declarations() -> dict[str, dict[str, Any]]:
    """Return every key as Pulumi.yaml declares it.

    Each has a default, because the Pulumi CLI stops with an error of its own without one. Objects
    are empty there: their defaults are the model's.
    """
    declared: dict[str, dict[str, Any]] = {}
    for field in StackConfig.model_fields.values():
        default = "" if field.is_required() else field.default
        if default is None or isinstance(default, BaseModel):
            default = {}
        kind = _TYPES[type(default)]
        items = {"items": {"type": "string"}} if kind == "array" else {}
        declared[str(field.alias)] = {
            "type": kind,
            **items,
            "description": field.description,
            "default": default,
        }
    return declared


def _with_table(path: Path, table: str) -> str:
    """Return a Markdown file with another table between the markers."""
    before, opening, rest = path.read_text(encoding="utf-8").partition(_START)
    _, closing, after = rest.partition(_END)
    if not opening or not closing:
        raise ValueError(f"{path.name} lacks the lines '{_START}' and '{_END}'.")
    return f"{before}{_START}\n{table}\n{_END}{after}"


def _essential_table() -> str:
    keys = dict(fields())
    rows = [f"| `{key}` | {keys[key].description} | {_default(keys[key])} |" for key in _ESSENTIAL]
    return "\n".join(["| key | what it is | default |", "|---|---|---|", _REGION, *rows])


def _reference_table() -> str:
    rows = [
        f"| `{key}` | {_values(field)} | {_default(field)} | {field.description} |"
        for key, field in fields()
    ]
    return "\n".join(["| key | values | default | what it is |", "|---|---|---|---|", *rows])


def _values(field: FieldInfo) -> str:
    """Return the values that a key may have, as far as its type says so."""
    (kind,) = _without_none(field.annotation)
    return _values_of(kind, field.metadata)


def _values_of(kind: Any, metadata: list[Any]) -> str:
    if get_origin(kind) is Annotated:
        kind, *inner = get_args(kind)
        return _values_of(kind, [*inner, *metadata])
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) is dict:
        name, inner = get_args(kind)
        names = ", ".join(f"`{each}`" for each in one_of(name))
        return f"by function ({names}): {_values_of(inner, [])}"
    if kind in (int, float):
        return _numbers(metadata)
    words = {bool: "`true`, `false`", str: "text"}
    return words.get(kind) or ("list" if get_origin(kind) is list else "object")


def _numbers(metadata: list[Any]) -> str:
    parts = [part for each in metadata for part in (each, *getattr(each, "metadata", ()))]
    bounds = {
        name: getattr(part, name) for part in parts for name in ("ge", "le") if hasattr(part, name)
    }
    if "ge" not in bounds:
        return "number"
    return f"{bounds['ge']} to {bounds['le']}" if "le" in bounds else f"from {bounds['ge']}"


def _default(field: FieldInfo) -> str:
    """Return a default as one would write it; nothing for `None`, and for objects."""
    if field.is_required():
        return "required"
    default = field.default
    if default in (None, "") or isinstance(default, (dict, BaseModel)):
        return ""
    if isinstance(default, list) and len(default) > 1:
        return ", ".join(f"`{each}`" for each in default)
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _without_none(annotation: Any) -> list[Any]:
    """Return the alternatives of a type but `None`."""
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for kind in get_args(annotation) if kind is not types.NoneType]
    return [annotation]
