"""Configuration values that only a stack's owner knows: missing ones and placeholders."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import pulumi

from infra.config.model import StackConfig

# What a kind of authorization needs besides `auth`.
AUTH_SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "apiKey": ("apiKeys",),
    "jwt": ("jwt.issuer", "jwt.audiences"),
}

# The arguments of `pulumi config set` for a key: the path, and a placeholder for the value.
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "emailFrom": ("emailFrom", "<address>"),
    "alerts.emails": ("alerts.emails[0]", "<address>"),
    "alerts.webhooks": ("alerts.webhooks[0]", "https://<host>/<path>"),
    "warnings.emails": ("warnings.emails[0]", "<address>"),
    "warnings.webhooks": ("warnings.webhooks[0]", "https://<host>/<path>"),
    "corsOrigins": ("corsOrigins[0]", "https://<host>"),
    "apiKeys": ("apiKeys[0]", "<client>"),
    "jwt.issuer": ("jwt.issuer", "https://<issuer>"),
    "jwt.audiences": ("jwt.audiences[0]", "<audience>"),
    "jwt.clientId": ("jwt.clientId", "<clientId>"),
    "jwt.signInOrigin": ("jwt.signInOrigin", "https://<host>"),
    "smtp.host": ("smtp.host", "<host>"),
}

_NO_RECEIVERS: Final = "Without a receiver of alarms, nobody is notified of one."
_NO_ORIGINS: Final = "Without an origin, no page in a browser can call the API."

# Keys with a host, which may be a placeholder, in an address, a URL or a name.
_WITH_HOSTS: Final = (
    "emailFrom",
    "alerts.emails",
    "alerts.webhooks",
    "warnings.emails",
    "warnings.webhooks",
    "corsOrigins",
    "jwt.issuer",
    "jwt.signInOrigin",
    "domain.name",
    "smtp.host",
)

# Domains that are reserved for documentation and tests: https://www.rfc-editor.org/rfc/rfc2606
_PLACEHOLDER: Final = re.compile(r"(.+\.)?(example\.(com|net|org)|example|invalid|test|localhost)")

# The origin of a page that is under development on the developer's machine.
_OWN_MACHINE: Final = re.compile(r"https?://localhost(:\d+)?", re.IGNORECASE)

# Services of a local stack that have to be on this machine: they run code or notify people.
_LOCAL_SERVICES: Final = {"lambda", "sesv2", "sns"}
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


def is_local(
    endpoints: Sequence[Mapping[str, str]], services: Collection[str] = _LOCAL_SERVICES
) -> bool:
    """Return whether all `aws:endpoints` are on this machine, among them those of services."""
    urls = {service: url for each in endpoints for service, url in each.items()}
    return urls.keys() >= {*services} and all(
        urlsplit(url).hostname in _LOOPBACK for url in urls.values()
    )


def missing_sender(values: Mapping[str, Any], source: str) -> str:
    """Return the error for a stack without a sender, with commands for all values of its owner."""
    consequences = [
        *([_NO_RECEIVERS] if lacks_receivers(values) else []),
        *([_NO_ORIGINS] if _lacks_origins(values) else []),
    ]
    commands = [f"  {command(key)}" for key in ("emailFrom", *_lacking(values))]
    head = f"Configuration key '{pulumi.get_project()}:emailFrom' is missing in {source}"
    if len(commands) == 1:
        return f"{head}; set it with:\n{commands[0]}"
    tail = " ".join(["The sender is required.", *consequences])
    return "\n".join([f"{head}. Set the values that only you know:", *commands, tail])


def no_receivers() -> str:
    """Return the warning for a stack whose alarms reach nobody."""
    return f"{_NO_RECEIVERS} Set one with: {command('alerts.emails')}"


def lacks_receivers(values: Mapping[str, Any]) -> bool:
    """Return whether the stack has alarms that reach nobody."""
    return values.get("monitoring") != "none" and not any(_receivers(values, "alerts"))


def placeholders(values: Mapping[str, Any], source: str) -> Iterator[str]:
    """Yield a sentence, without its full stop, for every key that holds a placeholder."""
    for key in _WITH_HOSTS:
        texts = [text for text in _texts(_look_up(values, key)) if _is_placeholder(key, text)]
        if texts:
            yield (
                f"Configuration key '{pulumi.get_project()}:{key}' in {source} holds "
                f"{' and '.join(map(json.dumps, texts))}, whose domain is a placeholder that "
                f"nobody can own; set your own value with: {command(key)}"
            )


def command(key: str) -> str:
    """Return the command that sets a key of the running stack."""
    path, value = _COMMANDS.get(key, (key, "<value>"))
    option = "--path " if re.search(r"[.\[]", path) else ""
    quoted = f"'{path}'" if "[" in path else path
    return f"pulumi config set {option}{quoted} {value} --stack {pulumi.get_stack()}"


def _lacking(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys, beside the sender, that only the owner can set and the stack does not."""
    if lacks_receivers(values):
        yield "alerts.emails"
    monitoring = values.get("monitoring", StackConfig.model_fields["monitoring"].default)
    if monitoring == "full" and not any(_receivers(values, "warnings")):
        yield "warnings.emails"
    if _lacks_origins(values):
        yield "corsOrigins"
    for key in AUTH_SETTINGS.get(str(values.get("auth")), ()):
        if not _look_up(values, key):
            yield key


def _receivers(values: Mapping[str, Any], key: str) -> list[Any]:
    receivers = values.get(key)
    return list(receivers.values()) if isinstance(receivers, Mapping) else []


def _lacks_origins(values: Mapping[str, Any]) -> bool:
    return bool(values.get("corsOrigins") == [] and values.get("storefront") is not True)


def _is_placeholder(key: str, text: str) -> bool:
    if key == "corsOrigins" and _OWN_MACHINE.fullmatch(text):
        return False
    host = urlsplit(text).hostname if "://" in text else text.rpartition("@")[2]
    return _PLACEHOLDER.fullmatch((host or "").lower().rstrip(".")) is not None


def _look_up(values: Mapping[str, Any], path: str) -> Any:
    value: Any = values
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(value: Any) -> list[str]:
    return [
        each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)
    ]
