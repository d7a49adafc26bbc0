"""Overrides of a stack's configuration on the embedded AWS (docs/emulator.md), with reasons."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import function_names
from local.deployment.deployer import SENDER
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.customers import Customers
    from tooling.stackfile import StackFile

# The stack for the embedded AWS, in which nothing is overridden.
LOCAL: Final = "local"

# Concurrent executions of each function; each execution is a process.
_CONCURRENCY: Final = {
    "orders": 4,
    "intake": 4,
    "processor": 4,
    "lookup": 2,
    "relay": 1,
    "email": 2,
    "audit": 2,
}

# Keys that are left out, and why.
_LEFT_OUT: Final = {
    "maximumConcurrency": "the reserved concurrency above limits queue consumers, too",
    "provisionedConcurrency": "the embedded AWS has no Application Auto Scaling",
    "permissionsBoundary": "the policy is not there",
    "vpc": "the VPC is not there, and functions run on this machine",
    "domain": "the host name does not lead to this machine",
    "rest.allowedIpRanges": "requests come from this machine",
    "smtp": "no email leaves this machine; `python -m local emails` shows them",
    "alerts.webhooks": "no notification leaves this machine",
    "warnings.webhooks": "no notification leaves this machine",
}


@dataclass(frozen=True, kw_only=True)
class Override:
    """A key with another value here, or without one."""

    key: str
    value: Any
    reason: str

    def __str__(self) -> str:
        value = "not set" if self.value is None else json.dumps(self.value)
        return f"{self.key}: {value} ({self.reason})"


def needs_customers(stackfile: StackFile) -> bool:
    """Whether callers need tokens, which the embedded AWS has to issue."""
    return stackfile.stack != LOCAL and _settings(stackfile).get("auth") == "jwt"


def apply(
    stackfile: StackFile, customers: Customers | None = None
) -> tuple[StackFile, list[Override]]:
    """Return a stack's settings for the embedded AWS, and the changes; `local` has none."""
    if stackfile.stack == LOCAL:
        return stackfile, []
    settings = _settings(stackfile)
    overrides = _overrides(settings, customers)
    changes = [each for each in overrides if _changes(each, _look_up(settings, each.key))]
    config = dict(stackfile.config)
    for change in changes:
        key, _, inner = change.key.partition(".")
        if inner:
            value = {name: each for name, each in settings[key].items() if name != inner}
        else:
            value = change.value
        name = key if ":" in key else f"{stackfile.project}:{key}"
        config.pop(name, None)
        if value is not None:
            config[name] = value if isinstance(value, str) else json.dumps(value)
    return dataclasses.replace(stackfile, config=config), changes


def _changes(override: Override, value: Any) -> bool:
    """Whether an override changes a value; an empty one need not be left out."""
    return bool(value) if override.value is None else bool(value != override.value)


def _look_up(settings: dict[str, Any], key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _overrides(settings: dict[str, Any], customers: Customers | None) -> Iterator[Override]:
    yield Override(key="aws:region", value=REGION, reason="the embedded AWS has one region")
    yield Override(key="traceSampling", value=0, reason="there is no X-Ray here")
    functions = function_names(
        ingestion=settings.get("ingestion", "direct"), auth=settings.get("auth", "none")
    )
    reserved = {name: limit for name, limit in _CONCURRENCY.items() if name in functions}
    yield Override(
        key="reservedConcurrency",
        value=reserved,
        reason="every execution is a process of this machine",
    )
    if not settings.get("emailFrom"):
        yield Override(key="emailFrom", value=SENDER, reason="the stack names no sender")
    yield Override(key="emailIdentity", value="existing", reason="the sender is verified already")
    if settings.get("auth") == "apiKey" and not settings.get("apiKeys"):
        yield Override(key="apiKeys", value=["local"], reason="the stack names no client")
    if customers is not None:
        jwt = {"issuer": customers.issuer, "audiences": [customers.audience]}
        reason = "a user pool of the embedded AWS issues the tokens"
        yield Override(key="jwt", value=jwt, reason=reason)
        reason = "the embedded AWS has no page where customers sign in"
        yield Override(key="storefront", value=None, reason=reason)
    for key, reason in _LEFT_OUT.items():
        yield Override(key=key, value=None, reason=reason)


def _settings(stackfile: StackFile) -> dict[str, Any]:
    """Return values by key: the program's own keys without the project, the provider's with it."""
    own = f"{stackfile.project}:"
    return {key.removeprefix(own): _value(text) for key, text in stackfile.config.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
