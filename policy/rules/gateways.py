"""Whoever calls the API is logged, limited, and not written down."""

from collections.abc import Iterator
from typing import Final

from . import kinds
from .resource import UNKNOWN, Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

_LIMITS: Final = ("throttlingBurstLimit", "throttlingRateLimit")
_EVERY_METHOD: Final = "*/*"


@resource_rule(kinds.HTTP_STAGE, kinds.REST_STAGE)
def stages_log_access(resource: Resource) -> Iterator[str]:
    """Every request to the API leaves a line."""
    if not resource.at("accessLogSettings.destinationArn"):
        yield "writes no access log; set accessLogSettings.destinationArn to a log group"


@stack_rule(kinds.HTTP_STAGE, kinds.REST_STAGE)
def stages_throttle(resource: Resource, stack: Stack) -> Iterator[str]:
    """The API limits its clients."""
    if resource.type == kinds.HTTP_STAGE:
        if missing := [key for key in _LIMITS if not resource.at(f"defaultRouteSettings.{key}")]:
            yield f"does not limit its clients; set {' and '.join(missing)} in defaultRouteSettings"
    elif not any(_limits(settings, resource) for settings in stack.of(kinds.REST_METHOD_SETTINGS)):
        yield f"does not limit its clients; add MethodSettings of '{_EVERY_METHOD}' with {' and '.join(_LIMITS)}"


@resource_rule(kinds.HTTP_STAGE, kinds.REST_METHOD_SETTINGS)
def no_bodies_in_execution_logs(resource: Resource) -> Iterator[str]:
    """The API does not log what its clients send."""
    for group in ("defaultRouteSettings", "settings"):
        if resource.at(f"{group}.dataTraceEnabled") is True:
            yield f"logs the bodies of requests; set {group}.dataTraceEnabled to false"


@resource_rule(kinds.HTTP_ROUTE, kinds.REST_METHOD)
def routes_authorized(resource: Resource) -> Iterator[str]:
    """Whoever calls the API proves who it is.

    Save a browser that asks what it may send: it does so before it shows any credentials.
    """
    prop = "authorizationType" if resource.type == kinds.HTTP_ROUTE else "authorization"
    method = str(resource.at("httpMethod") or resource.at("routeKey")).partition(" ")[0]
    if (
        method != "OPTIONS"
        and resource.at(prop) in (None, "", "NONE")
        and not resource.at("apiKeyRequired")
    ):
        yield f"may be called by everybody; set {prop}, or decide that it is meant to be open"


def _limits(settings: Resource, stage: Resource) -> bool:
    """Whether settings limit every method of a stage, as far as is known; -1 stands for no limit."""
    expected = {
        "restApi": stage.at("restApi"),
        "stageName": stage.at("stageName"),
        "methodPath": _EVERY_METHOD,
    }
    fits = all(settings.at(key) in (value, UNKNOWN) for key, value in expected.items())
    limits = [settings.at(f"settings.{key}") for key in _LIMITS]
    return fits and all(
        isinstance(limit, Unknown) or (limit is not None and limit >= 0) for limit in limits
    )
