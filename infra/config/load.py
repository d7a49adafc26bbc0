"""Reads the running stack's configuration, or says in a sentence for each mistake what is wrong with it."""

import contextlib
import difflib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, get_args

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import BaseModel, ValidationError

from infra.config import owner
from infra.config.model import StackConfig
from infra.config.objects import Memory
from infra.config.rules import disagreements
from infra.config.stack_file import SECRET, file_name, repeated_in_running_stack, shown
from infra.naming import LONGEST_REGION, LONGEST_ROLE

# What follows project and stack in the longest name: a role's, of the function with the longest name.
_LONGEST_SUFFIX: Final = 1 + max(map(len, Memory.model_fields)) + 1 + LONGEST_REGION

# Stands for a sender that is missing, so that everything else is checked as well.
_ANY_SENDER: Final = "orders@example.com"

# Keys that earlier versions had, and what takes their place.
RETIRED: Final = {
    "throttlingRateLimit": "throttling.rateLimit",
    "throttlingBurstLimit": "throttling.burstLimit",
}


class ConfigError(pulumi.RunError):
    """The stack's configuration is wrong; says which key, which value, and what is allowed."""


def load() -> StackConfig:
    """Return the running stack's configuration.

    Raises:
        ConfigError: a key is unknown, a value is not allowed, two values disagree, or AWS would refuse the names.
    """
    _check_names()
    if repeated := repeated_in_running_stack():
        raise ConfigError("\n".join(repeated))
    aws, values = pulumi.Config("aws"), _stack_values()
    local = owner.is_local(aws.get_object("endpoints") or [])
    secrets = {
        key for key in values if runtime_config.is_config_secret(f"{pulumi.get_project()}:{key}")
    }
    config = parse(values, region=aws.get("region"), placeholders_allowed=local, secrets=secrets)
    if not local and owner.lacks_receivers(_decoded(values)):
        pulumi.log.warn(owner.no_receivers())
    return config


def parse(
    values: Mapping[str, str],
    *,
    region: str | None = None,
    placeholders_allowed: bool = True,
    secrets: Collection[str] = (),
    source: str | None = None,
) -> StackConfig:
    """Return the configuration that keys, without namespace, and their texts make up in a region.

    `placeholders_allowed` says whether a host may be one that is reserved for documentation, which reaches nobody.
    Errors name `source`, the running stack's file unless another is given, and show no value of the keys in `secrets`.

    Raises:
        ConfigError: as `load` says, without the names.
    """
    source = source or file_name()
    if repeated := [f"{sentence} ({source})." for sentence in _repeated_names(values, secrets)]:
        raise ConfigError("\n".join(repeated))
    decoded = _decoded(values)
    missing = (
        [owner.missing_sender(decoded, source)] if decoded.get("emailFrom") in (None, "") else []
    )
    try:
        config = StackConfig.model_validate(
            {**decoded, **({"emailFrom": _ANY_SENDER} if missing else {})}
        )
    except ValidationError as error:
        sentences = [_sentence(entry, source, secrets) for entry in error.errors(include_url=False)]
        raise ConfigError("\n".join([*missing, *sentences])) from None
    told = [f"Configuration: {sentence} ({source})." for sentence in disagreements(config, region)]
    taken = config.model_dump(by_alias=True) | ({"emailFrom": None} if missing else {})
    placeholders = () if placeholders_allowed else owner.placeholders(taken, source)
    if found := [*missing, *told, *(f"{sentence}." for sentence in placeholders)]:
        hidden = [each for key in secrets for each in (decoded[key], taken[key])]
        raise ConfigError(_without(hidden, "\n".join(found)))
    return config


def _stack_values() -> dict[str, str]:
    """Return every value of the project's namespace, known or not; pulumi.Config only gives those one asks for."""
    namespace = f"{pulumi.get_project()}:"
    every = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    return {
        key.removeprefix(namespace): value
        for key, value in every.items()
        if key.startswith(namespace)
    }


def _decoded(values: Mapping[str, str]) -> dict[str, Any]:
    return {key: _value(text) for key, text in values.items()}


def _value(text: str) -> Any:
    """Read a value as the engine hands it over: numbers, booleans and structures as JSON, the rest as text."""
    looks_like_json = re.match(r"[\[{]|(true|false|null|-?\d+(\.\d+)?([eE][-+]?\d+)?)$", text)
    try:
        return json.loads(text) if looks_like_json else text
    except (ValueError, RecursionError):
        return text


def _repeated_names(values: Mapping[str, str], secrets: Collection[str]) -> Iterator[str]:
    """Yield a sentence, without its full stop, for every object in JSON that holds a name twice."""
    for key, text in values.items():
        names: set[str] = set()

        def note(pairs: list[tuple[str, Any]], names: set[str] = names) -> dict[str, Any]:
            given = [name for name, _ in pairs]
            names.update(name for name in given if given.count(name) > 1)
            return dict(pairs)

        if text.startswith(("{", "[")):
            with contextlib.suppress(ValueError, RecursionError):  # no JSON, so it is taken as text
                json.loads(text, object_pairs_hook=note)
        for name in sorted(names):
            shown_name = "a name" if key in secrets else f"'{name}'"
            yield f"Configuration key '{pulumi.get_project()}:{key}' holds {shown_name} more than once; set it once"


def _check_names() -> None:
    prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
    if len(prefix) > (allowed := LONGEST_ROLE - _LONGEST_SUFFIX):
        raise ConfigError(
            f"The names of project and stack make '{prefix}', {len(prefix)} characters; at most {allowed} are "
            f"allowed, because AWS limits a role's name to {LONGEST_ROLE}, and it ends in the function and the region."
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]+", prefix):
        raise ConfigError(
            f"The names of project and stack make '{prefix}'; only letters, digits, '-' and '_' are allowed, "
            "because AWS takes no others in a function's name."
        )


def _sentence(entry: Mapping[str, Any], source: str, secrets: Collection[str]) -> str:
    path = ".".join(map(str, entry["loc"]))
    key = f"{pulumi.get_project()}:{path}"
    if entry["type"] == "missing":
        command = f"pulumi config set {_option(path)} <value>"
        return f"Configuration key '{key}' is missing in {source}; set it with: {command}."
    if path in RETIRED:
        return f"Configuration key '{key}' in {source} no longer exists; use '{RETIRED[path]}'."
    if entry["type"] == "extra_forbidden":
        return f"Configuration key '{key}' in {source} does not exist; {_suggestion(entry['loc'])}"
    secret = entry["loc"][0] in secrets
    value = SECRET if secret else shown(entry["input"], with_type=entry["type"].endswith("_type"))
    return f"Configuration key '{key}' in {source} is {value}, which is not allowed: {_allowed(entry)}."


def _without(hidden: Iterable[Any], text: str) -> str:
    """Return a text without the values of secrets."""
    words = {str(each) for value in hidden for each in _leaves(value)} - {""}
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", SECRET, text)
    return text


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield value


def _allowed(entry: Mapping[str, Any]) -> str:
    if entry["type"] == "model_type":  # whose own message speaks of our classes
        return f"Input should be an object of {', '.join(_names_in(StackConfig, entry['loc']))}"
    return str(entry["msg"])


def _option(path: str) -> str:
    return f"--path {path}" if "." in path else path


def _suggestion(path: tuple[str, ...]) -> str:
    """Return the key that is most like an unknown one, or all that there are, as the end of a sentence."""
    known = _names_in(StackConfig, path[:-1])
    close = difflib.get_close_matches(path[-1], known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"the keys are {', '.join(known)}."


def _names_in(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    """Return the keys that an object of the configuration has."""
    fields = {str(field.alias): field for field in model.model_fields.values()}
    if not path:
        return list(fields)
    annotation = fields[path[0]].annotation
    (inner,) = (
        kind
        for kind in (annotation, *get_args(annotation))
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    )
    return _names_in(inner, path[1:])
