"""Errors in the configuration as sentences: the file, the key, its value, and what is allowed."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin

import pulumi
from pydantic import BaseModel

from infra.config.model import StackConfig
from infra.config.owner import command
from infra.config.stack_file import SECRET, format_value
from infra.config.values import one_of

# Keys that earlier versions had, and what takes their place; nothing where none does.
RETIRED: Final[Mapping[str, str]] = {
    "throttlingRateLimit": "throttling.rateLimit",
    "throttlingBurstLimit": "throttling.burstLimit",
    "allowedIpRanges": "rest.allowedIpRanges",
    "waf": "rest.waf",
    "wafRateLimit": "rest.waf.rateLimit",
    "wafManagedRuleGroups": "rest.waf.managedRuleGroups",
    "executionLogLevel": "rest.executionLogLevel",
    "apiGatewayAccountRole": "rest.accountRole",
    "emailTransport": "smtp",
    "smtpHost": "smtp.host",
    "smtpPort": "smtp.port",
    "smtpSecretArn": "smtp.secretArn",
    "vpc.createEndpoints": "vpc.endpoints",
    "vpc.routeTableIds": "vpc.endpoints.routeTableIds",
    "tracing": "traceSampling",
    "alertEmails": "alerts.emails",
    "alertPhoneNumbers": "alerts.phoneNumbers",
    "alertWebhooks": "alerts.webhooks",
    "warningEmails": "warnings.emails",
    "warningWebhooks": "warnings.webhooks",
    "bundleDependencies": "",
}

# pydantic adds this to the path of an unknown name in an object by function.
_NAME: Final = "[key]"


class ConfigError(pulumi.RunError):
    """The stack's configuration is wrong; says which key, which value, and what is allowed."""


def sentence(
    entry: Mapping[str, Any],
    source: str,
    secrets: Collection[str],
    model: type[BaseModel] = StackConfig,
) -> str:
    """Return the sentence for an error of pydantic; the values of `secrets` are hidden."""
    location: tuple[str | int, ...] = entry["loc"]
    unknown = entry["type"] == "extra_forbidden" or location[-1] == _NAME
    location = location[:-1] if location[-1] == _NAME else location
    path = ".".join(map(str, location))
    key = f"Configuration key '{pulumi.get_project()}:{path}'"
    if entry["type"] == "missing":
        return f"{key} is missing in {source}; set it with: {command(path)}."
    if path in RETIRED:
        instead = f"use '{RETIRED[path]}'" if RETIRED[path] else "remove it"
        return f"{key} in {source} no longer exists; {instead}."
    if unknown:
        return f"{key} in {source} does not exist; {_suggestion(model, location)}"
    with_type = entry["type"].endswith("_type")
    value = SECRET if location[0] in secrets else format_value(entry["input"], with_type=with_type)
    return f"{key} in {source} is {value}, which is not allowed: {_allowed(model, entry)}."


def mask(secrets: Iterable[Any], text: str) -> str:
    """Replace the values of secrets in a text."""
    words = {str(each) for value in secrets for each in _leaves(value)} - {""}
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", SECRET, text)
    return text


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield value


def _allowed(model: type[BaseModel], entry: Mapping[str, Any]) -> str:
    if entry["type"] in ("model_type", "dict_type"):  # pydantic's message names our classes
        return f"Input should be an object of {', '.join(_names(model, entry['loc']))}"
    return str(entry["msg"])


def _suggestion(model: type[BaseModel], location: Sequence[str | int]) -> str:
    """Return the key that is most like an unknown one, or all keys, as the end of a sentence."""
    names = _names(model, location[:-1])
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    return f"did you mean '{close[0]}'?" if close else f"the keys are {', '.join(names)}."


def _names(kind: Any, location: Sequence[str | int]) -> list[str]:
    """Return the names that an object of the configuration may hold."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {str(field.alias): field.annotation for field in kind.model_fields.values()}
        return _names(fields[str(location[0])], location[1:]) if location else list(fields)
    if get_origin(kind) is dict:
        name, values = get_args(kind)
        return _names(values, location[1:]) if location else list(one_of(name))
    # An optional object, whose alternatives are its class and None.
    return [name for each in get_args(kind) for name in _names(each, location)]
