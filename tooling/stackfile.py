"""Stack files: `Pulumi.yaml` and `Pulumi.<stack>.yaml` as the Pulumi CLI reads them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from infra.config.stack_file import SECRET, SafeLoader, duplicates, format_value
from tooling.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.signing import AccessKey

# The value of a secret, which the CLI alone can decrypt.
SECRET_PLACEHOLDER = SECRET
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack's settings: its names, and its configuration as the engine's strings."""

    project: str
    stack: str
    config: dict[str, str]
    root: Path

    @property
    def prefix(self) -> str:
        """What the names of the stack's resources begin with."""
        return f"{self.project}-{self.stack}-"


class _Yaml12Loader(SafeLoader):  # type: ignore[misc] # which of two, the installed PyYAML decides
    """YAML 1.2, as the CLI reads it: `on` is a string, `012` is decimal, `12:30` is no number."""


_Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"(?:null|~|)", ["n", "~", ""]),
    ("bool", r"(?:true|false)", list("tf")),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Yaml12Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first
    )


def load(stack: str, root: Path, path: Path | None = None) -> StackFile:
    """Read a stack's configuration and the project's defaults.

    Args:
        stack: The stack's name.
        root: The folder of `Pulumi.yaml`.
        path: The stack's file; None for `Pulumi.<stack>.yaml` in that folder.
    """
    project = _read(root / "Pulumi.yaml")
    name = _project_name(project, root)
    file = path or root / f"Pulumi.{stack}.yaml"
    own = _read(file, name).get("config") or {}
    config = {_qualified(key, name): _secret_or_plain(value) for key, value in own.items()}
    for key, declaration in (project.get("config") or {}).items():
        _declare(config, _qualified(key, name), declaration, stack, file.name)
    return StackFile(
        project=name,
        stack=stack,
        root=root,
        config={key: _text(value, key, file.name) for key, value in config.items()},
    )


def find(stack: str, root: Path) -> Path:
    """Return the file of a stack or of an example.

    Raises:
        UserError: there is none; names those that exist.
    """
    own, examples = by_name(root), by_name(root / "examples")
    path = own.get(stack) or examples.get(stack)
    if path is None:
        others = ", ".join(sorted(examples.keys() - own.keys()))
        raise UserError(
            f"There is no stack '{stack}'; there are {', '.join(sorted(own))}, "
            f"and the examples {others}."
        )
    return path


def by_name(folder: Path) -> dict[str, Path]:
    """Return the stack files in a folder by the names of their stacks."""
    paths = sorted(folder.glob("Pulumi.*.yaml"))
    return {path.name.removeprefix("Pulumi.").removesuffix(".yaml"): path for path in paths}


def with_key(stack: str, root: Path, folder: Path, url: str, key: AccessKey) -> Path:
    """Write a copy of the stack's file with an emulator's endpoint and key, for `pulumi up`.

    The Pulumi CLI reads it with `--config-file`, so the key is in no argument and no tracked file.

    Args:
        stack: The stack's name.
        root: The folder of `Pulumi.yaml`.
        folder: The private folder for the copy.
        url: The endpoint.
        key: The access key.
    """
    content = _read(root / f"Pulumi.{stack}.yaml")
    config = content.get("config") or {}
    endpoints = [dict.fromkeys(services, url) for services in config.get("aws:endpoints", [])]
    config |= {
        "aws:accessKey": key.access_key_id,
        "aws:secretKey": key.secret_access_key,
    }
    config |= {"aws:endpoints": endpoints}
    path = folder / f"Pulumi.{stack}.yaml"
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(
        yaml.safe_dump({**content, "config": config}, sort_keys=False), encoding="utf-8"
    )
    return path


def _declare(config: dict[str, Any], key: str, declaration: Any, stack: str, file: str) -> None:
    """Set a default of the project, and check a value against the declared type."""
    if not isinstance(declaration, dict):
        config.setdefault(key, declaration)
        return
    for source in ("default", "value"):
        if source in declaration:
            config.setdefault(key, declaration[source])
    if key not in config:
        if "type" in declaration:
            raise UserError(
                f"The stack '{stack}' is missing a value for the configuration key '{key}' "
                f"in {file}."
            )
        return
    type_name = declaration.get("type")
    if type_name is None:
        return
    if isinstance(config[key], str):
        config[key] = _from_the_command_line(config[key], type_name)
    if not _is_a(config[key], type_name):
        value = format_value(config[key], with_type=config[key] != SECRET_PLACEHOLDER)
        raise UserError(
            f"The stack '{stack}' must set the configuration key '{key}' to a value of type "
            f"'{type_name}'; {file} sets it to {value}."
        )


def _from_the_command_line(text: str, type_name: str) -> Any:
    """Return the value of a text: `pulumi config set` stores every value as text."""
    if type_name == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if type_name == "boolean" else text


def _is_a(value: Any, type_name: str) -> bool:
    if type_name not in _TYPES:
        raise UserError(
            f"Pulumi.yaml declares the unknown type '{type_name}'; allowed are {', '.join(_TYPES)}."
        )
    return isinstance(value, _TYPES[type_name]) and not (
        type_name == "integer" and isinstance(value, bool)
    )


def _read(path: Path, project: str = "") -> dict[str, Any]:
    """Read a project's or a stack's file, which must not set a key twice.

    Args:
        path: The file.
        project: The project's name, which may be left out in a stack's own keys.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, _Yaml12Loader)  # noqa: S506 (a safe loader)
        repetitions = list(duplicates(text, source=path.name, project=project))
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path.name} in {path.parent}.") from error
    except OSError as error:
        raise UserError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} must be UTF-8 text.") from error
    except RecursionError as error:
        raise UserError(f"{path.name} is nested too deeply.") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}") from error
    if repetitions:
        raise UserError("\n".join(repetitions))
    if not isinstance(content or {}, dict):
        raise UserError(f"{path.name} must hold a mapping.")
    config = (content or {}).get("config") or {}
    if not isinstance(config, dict):
        raise UserError(f"'config' in {path.name} must hold a mapping.")
    if wrong := [key for key in config if not isinstance(key, str)]:
        raise UserError(f"'config' in {path.name} holds the key {wrong[0]!r}, which must be text.")
    return content or {}


def _project_name(project: dict[str, Any], root: Path) -> str:
    name = project.get("name")
    if not isinstance(name, str):
        raise UserError(f"{root / 'Pulumi.yaml'} must give the project's name.")
    return name


def _qualified(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _secret_or_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_secret_or_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"secure"}:
        return SECRET_PLACEHOLDER
    return {key: _secret_or_plain(each) for key, each in value.items()}


def _text(value: Any, key: str, file: str) -> str:
    """Return a value as the Pulumi CLI gives it to the program: text, or JSON."""
    try:
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    except (TypeError, ValueError) as error:  # such as !!binary, or a list that holds itself
        raise UserError(f"{file} sets '{key}' to what JSON cannot hold.") from error
