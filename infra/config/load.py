"""The running stack's configuration, read and validated."""

import contextlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import ValidationError

from infra.config import owner
from infra.config.errors import ConfigError, mask, sentence
from infra.config.model import StackConfig
from infra.config.rules import conflicts
from infra.config.stack_file import duplicates_in_running_stack, file_name
from infra.config.values import FUNCTIONS
from infra.naming import LONGEST_REGION, LONGEST_ROLE

# What follows project and stack in the longest name, which is that of a role.
_LONGEST_SUFFIX: Final = 1 + max(map(len, FUNCTIONS)) + 1 + LONGEST_REGION

# Replaces a missing sender, so that everything else is validated as well.
_ANY_SENDER: Final = "orders@example.com"


def load() -> StackConfig:
    """Return the running stack's configuration.

    Raises:
        ConfigError: a key is unknown, a value is not allowed, two keys conflict, or AWS would
            refuse the names.
    """
    _check_names()
    if duplicates := duplicates_in_running_stack():
        raise ConfigError("\n".join(duplicates))
    values = stack_values()
    secrets = {
        key for key in values if runtime_config.is_config_secret(f"{pulumi.get_project()}:{key}")
    }
    region = pulumi.Config("aws").get("region")
    config = parse(values, region=region, placeholders_allowed=is_local(), secrets=secrets)
    if not is_local() and owner.lacks_receivers(decode(values)):
        pulumi.log.warn(owner.no_receivers())
    return config


def is_local() -> bool:
    """Return whether the running stack is deployed to the embedded AWS: by its `aws:endpoints`."""
    return owner.is_local(_endpoints())


def has_tls() -> bool:
    """Return whether CloudFront speaks TLS, as it does everywhere but on the embedded AWS."""
    return not owner.is_local(_endpoints(), ["cloudfront"])


def _endpoints() -> list[dict[str, str]]:
    endpoints: list[dict[str, str]] = pulumi.Config("aws").get_object("endpoints") or []
    return endpoints


def parse(
    values: Mapping[str, str],
    *,
    region: str | None = None,
    placeholders_allowed: bool = True,
    secrets: Collection[str] = (),
    source: str | None = None,
) -> StackConfig:
    """Return the configuration that keys without namespace and their texts make up in a region.

    Args:
        values: The texts by their keys.
        region: The stack's `aws:region`; None where it is set elsewhere.
        placeholders_allowed: Whether a host may be one that is reserved for documentation.
        secrets: The keys whose values errors do not show.
        source: The file that errors name, if not the running stack's.

    Raises:
        ConfigError: a key is unknown, a value is not allowed, or two keys conflict.
    """
    source = source or file_name()
    if duplicates := [f"{each} ({source})." for each in _duplicate_names(values, secrets)]:
        raise ConfigError("\n".join(duplicates))
    decoded = decode(values)
    lacks_sender = decoded.get("emailFrom") in (None, "")
    missing = [owner.missing_sender(decoded, source)] if lacks_sender else []
    sender = {"emailFrom": _ANY_SENDER} if lacks_sender else {}
    try:
        config = StackConfig.model_validate({**decoded, **sender})
    except ValidationError as error:
        entries = error.errors(include_url=False)
        sentences = [sentence(entry, source, secrets) for entry in entries]
        raise ConfigError("\n".join([*missing, *sentences])) from None
    errors = [
        *missing,
        *(f"Configuration: {each} ({source})." for each in conflicts(config, region)),
    ]
    normalized = config.model_dump(by_alias=True) | ({"emailFrom": None} if lacks_sender else {})
    if not placeholders_allowed:
        errors += [f"{each}." for each in owner.placeholders(normalized, source)]
    if errors:
        hidden = [each for key in secrets for each in (decoded[key], normalized[key])]
        raise ConfigError(mask(hidden, "\n".join(errors)))
    return config


def stack_values() -> dict[str, str]:
    """Return all values in the project's namespace; `pulumi.Config` has those of known keys."""
    namespace = f"{pulumi.get_project()}:"
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    return {
        key.removeprefix(namespace): value
        for key, value in values.items()
        if key.startswith(namespace)
    }


def decode(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of keys from their texts."""
    return {key: _value(text) for key, text in values.items()}


def _value(text: str) -> Any:
    """Decode a value of the engine: numbers, booleans and structures are JSON, all else is text."""
    looks_like_json = re.match(r"[\[{]|(true|false|null|-?\d+(\.\d+)?([eE][-+]?\d+)?)$", text)
    try:
        return json.loads(text) if looks_like_json else text
    except (ValueError, RecursionError):
        return text


def _duplicate_names(values: Mapping[str, str], secrets: Collection[str]) -> Iterator[str]:
    """Yield a sentence, without its full stop, for every JSON object that holds a name twice."""
    for key, text in values.items():
        duplicates: set[str] = set()

        def add(pairs: list[tuple[str, Any]], duplicates: set[str] = duplicates) -> dict[str, Any]:
            names = [name for name, _ in pairs]
            duplicates.update(name for name in names if names.count(name) > 1)
            return dict(pairs)

        if text.startswith(("{", "[")):
            with contextlib.suppress(ValueError, RecursionError):  # no JSON, so it is text
                json.loads(text, object_pairs_hook=add)
        for name in sorted(duplicates):
            label = "a name" if key in secrets else f"'{name}'"
            yield (
                f"Configuration key '{pulumi.get_project()}:{key}' holds {label} more than once; "
                "set it once"
            )


def _check_names() -> None:
    prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
    if len(prefix) > (allowed := LONGEST_ROLE - _LONGEST_SUFFIX):
        raise ConfigError(
            f"The names of project and stack make '{prefix}', {len(prefix)} characters; at most "
            f"{allowed} are allowed, because AWS limits a role's name to {LONGEST_ROLE}, and it "
            "ends in the function and the region."
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]+", prefix):
        raise ConfigError(
            f"The names of project and stack make '{prefix}'; only letters, digits, '-' and '_' "
            "are allowed, because AWS takes no others in a function's name."
        )
