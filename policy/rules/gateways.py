"""API stages and routes: access logs, throttling, request bodies in logs, authorization."""

from collections.abc import Iterator
from typing import Final

from . import resource_types as types
from .resource import UNKNOWN, Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

_LIMITS: Final = ("throttlingBurstLimit", "throttlingRateLimit")
_EVERY_METHOD: Final = "*/*"


@resource_rule(types.HTTP_STAGE, types.REST_STAGE)
def stages_log_access(resource: Resource) -> Iterator[str]:
    """API stages write an access log.

    Nothing else records rejected requests.
    """
    if not resource.get("accessLogSettings.destinationArn"):
        yield "writes no access log; set accessLogSettings.destinationArn to a log group"


@stack_rule(types.HTTP_STAGE, types.REST_STAGE)
def stages_throttle(resource: Resource, stack: Stack) -> Iterator[str]:
    """API stages have rate and burst limits.

    A client must not use up the account's concurrency.
    """
    if resource.type == types.HTTP_STAGE:
        if missing := [key for key in _LIMITS if not resource.get(f"defaultRouteSettings.{key}")]:
            yield f"has no throttling; set {' and '.join(missing)} in defaultRouteSettings"
    elif not any(_throttles(settings, resource) for settings in stack.of(types.METHOD_SETTINGS)):
        limits = " and ".join(_LIMITS)
        yield f"has no throttling; add MethodSettings for '{_EVERY_METHOD}' with {limits}"


@resource_rule(types.HTTP_STAGE, types.METHOD_SETTINGS)
def no_bodies_in_execution_logs(resource: Resource) -> Iterator[str]:
    """API execution logs hold no request bodies.

    They are unmasked orders.
    """
    for group in ("defaultRouteSettings", "settings"):
        if resource.get(f"{group}.dataTraceEnabled") is True:
            yield f"logs request bodies; set {group}.dataTraceEnabled to false"


@resource_rule(types.HTTP_ROUTE, types.REST_METHOD)
def routes_authorized(resource: Resource) -> Iterator[str]:
    """API methods require authorization, except for CORS preflight requests.

    The key `auth` may leave an API open; its default route always is.
    """
    prop = "authorizationType" if resource.type == types.HTTP_ROUTE else "authorization"
    method = str(resource.get("httpMethod") or resource.get("routeKey")).partition(" ")[0]
    if (
        method != "OPTIONS"
        and resource.get(prop) in (None, "", "NONE")
        and not resource.get("apiKeyRequired")
    ):
        yield f"requires no authorization; set {prop}, unless it is meant to be public"


def _throttles(settings: Resource, stage: Resource) -> bool:
    """Whether settings throttle every method of a stage, as far as is known; -1 is no limit."""
    expected = {
        "restApi": stage.get("restApi"),
        "stageName": stage.get("stageName"),
        "methodPath": _EVERY_METHOD,
    }
    matches = all(settings.get(key) in (value, UNKNOWN) for key, value in expected.items())
    limits = [settings.get(f"settings.{key}") for key in _LIMITS]
    return matches and all(
        isinstance(limit, Unknown) or (limit is not None and limit >= 0) for limit in limits
    )
