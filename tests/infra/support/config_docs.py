"""The configuration as documents show it: every key, its default, and what the stack files set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import yaml
from pydantic import BaseModel

from infra.config import StackConfig
from tests.infra.support.graph import STACK_FILES, stack_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydantic.fields import FieldInfo

# The stacks that the project deploys, in the order in which a change passes them, and the one of this machine.
_OWN = ("dev", "staging", "prod", "local")


def fields(
    model: type[BaseModel] = StackConfig, prefix: str = ""
) -> Iterator[tuple[str, FieldInfo]]:
    """Every key with its field, those inside objects with dots, each after the object that it is in."""
    for field in model.model_fields.values():
        key = f"{prefix}{field.alias}"
        yield key, field
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind, f"{key}.")


def default(field: FieldInfo) -> Any:
    """What a key is where the stack does not say; of an object what is in it then; None where the stack has to say."""
    if field.is_required():
        return None
    if isinstance(field.default, BaseModel):
        return {
            name: value
            for name, value in field.default.model_dump(by_alias=True).items()
            if value not in (None, [])
        }
    return field.default


def written(value: Any) -> str:
    """A value as one would write it, in code."""
    return f"`{value if isinstance(value, str) and value else json.dumps(value)}`"


def tables() -> list[str]:
    """What the stack files set, side by side: a table of the project's own stacks, and one of the examples.

    A stack that a user has added is theirs to document.
    """
    own = sorted(
        (p for p in STACK_FILES if stack_of(p) in _OWN), key=lambda path: _OWN.index(stack_of(path))
    )
    examples = [path for path in STACK_FILES if path.parent.name == "examples"]
    return [_table(paths) for paths in (own, examples) if paths]


def _table(paths: Sequence[Path]) -> str:
    columns = [_settings(path) for path in paths]
    head = ["key", "default", *(stack_of(path) for path in paths)]
    rows = [_row(str(field.alias), field, columns) for field in StackConfig.model_fields.values()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _row(key: str, field: FieldInfo, columns: Sequence[dict[str, Any]]) -> list[str]:
    first = "required" if field.is_required() else written(default(field))
    return [
        f"`{key}`",
        first,
        *(written(column[key]) if key in column else "" for column in columns),
    ]


def _settings(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    return found
