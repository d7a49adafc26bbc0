"""Conflicts between configuration keys: each sentence names both keys and what is allowed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from handlers.common.contract import LONGEST_WAIT
from infra.config.model import StackConfig
from infra.config.objects import (
    DATAPOINT_MINUTES,
    FAILURES_THRESHOLD,
    Canary,
    Domain,
    Failover,
    Rest,
)
from infra.config.owner import AUTH_SETTINGS, command
from infra.config.values import (
    CONSUMERS,
    MAX_CONSUMER_CONCURRENCY,
    MIN_CONSUMER_CONCURRENCY,
)

# The gateways by the kind of authorization that they have.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
_GATEWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "none": ("http", "rest"),
    "apiKey": ("rest",),
    "jwt": ("http",),
    "iam": ("http", "rest"),
}

# What a page in a browser can do to be authorized.
_STOREFRONT_AUTH: Final = ("none", "jwt")


def conflicts(config: StackConfig, region: str | None) -> Iterator[str]:
    """Yield a sentence, without its full stop, for every conflict.

    `region` is the stack's `aws:region`, None where it is set elsewhere.
    """
    yield from _other_region(config, region)
    if config.domain and config.domain.failover:
        yield from _failover(config.domain, config.domain.failover)
    yield from _gateway_and_auth(config)
    yield from _unused(config)
    yield from _missing_auth_settings(config)
    yield from _storefront(config)
    yield from _missing_functions(config)
    yield from _consumer_concurrency(config)
    yield from _provisioned_concurrency(config)
    yield from _datapoints(config)
    yield from _retention(config)
    if config.canary:
        yield from _canary(config, config.canary)


def _other_region(config: StackConfig, region: str | None) -> Iterator[str]:
    arns = {
        "domain.certificateArn": config.domain.certificate_arn if config.domain else None,
        "smtp.secretArn": config.smtp.secret_arn if config.smtp else None,
    }
    for key, arn in arns.items():
        if arn and region and (actual := arn.split(":")[3]) != region:
            yield (
                f"{key} is in the region '{actual}', and aws:region is '{region}'; use one of that "
                "region"
            )


def _failover(domain: Domain, failover: Failover) -> Iterator[str]:
    if failover.role == "primary" and domain.hosted_zone_id is None:
        yield (
            "domain.failover.role 'primary' needs domain.hostedZoneId, because Route 53 decides "
            "between the regions; set it, or remove domain.failover"
        )
    if failover.role == "primary" and failover.health_check_id is None:
        yield (
            "domain.failover.role 'primary' needs domain.failover.healthCheckId, the output "
            "failoverHealthCheckId of the standby's stack; set it with: "
            f"{command('domain.failover.healthCheckId')}"
        )
    if failover.role == "secondary" and failover.health_check_id is not None:
        yield (
            "domain.failover.healthCheckId has no effect while domain.failover.role is "
            "'secondary', because the standby creates the health check; remove it"
        )


def _gateway_and_auth(config: StackConfig) -> Iterator[str]:
    if config.gateway not in (allowed := _GATEWAYS[config.auth]):
        others = [auth for auth, gateways in _GATEWAYS.items() if config.gateway in gateways]
        yield (
            f"auth '{config.auth}' does not work with gateway '{config.gateway}'; set gateway to "
            f"{_either(allowed)}, or auth to {_either(others)}"
        )


def _unused(config: StackConfig) -> Iterator[str]:
    """A key without effect is a mistake: its owner believes in a protection that is not there."""
    if config.gateway != "rest" and config.rest != Rest():
        yield "rest has no effect while gateway is 'http'; remove it, or set gateway to 'rest'"
    for auth, key, value in (("apiKey", "apiKeys", config.api_keys), ("jwt", "jwt", config.jwt)):
        if value and config.auth != auth:
            yield (
                f"{key} has no effect while auth is '{config.auth}'; remove it, or set auth to "
                f"'{auth}'"
            )
    if config.smtp and config.email_identity != "existing":
        yield "emailIdentity has no effect with smtp, because SES sends no email then; remove one"


def _missing_auth_settings(config: StackConfig) -> Iterator[str]:
    settings = {"apiKey": config.api_keys, "jwt": config.jwt}
    if config.auth in settings and not settings[config.auth]:
        keys = AUTH_SETTINGS[config.auth]
        yield (
            f"auth is '{config.auth}', which needs {' and '.join(keys)} as well; set auth to "
            f"'none', or what is missing with: {' && '.join(map(command, keys))}"
        )


def _storefront(config: StackConfig) -> Iterator[str]:
    """A page in a browser keeps no key, and its customers sign in as a client of the issuer."""
    jwt = config.jwt
    if config.storefront and config.auth not in _STOREFRONT_AUTH:
        yield (
            f"storefront does not work with auth '{config.auth}', because a page in a browser "
            f"cannot keep a key; set auth to {_either(_STOREFRONT_AUTH)}, or storefront to false"
        )
    if config.storefront and jwt and jwt.client_id is None:
        yield (
            "storefront with auth 'jwt' needs jwt.clientId as well; set it with: "
            f"{command('jwt.clientId')}"
        )
    if not config.storefront and jwt:
        keys = {"jwt.clientId": jwt.client_id, "jwt.signInOrigin": jwt.sign_in_origin}
        for key in (key for key, value in keys.items() if value is not None):
            yield f"{key} has no effect without storefront; remove it, or set storefront to true"


def _missing_functions(config: StackConfig) -> Iterator[str]:
    by_function: dict[str, Iterable[str]] = {
        "reservedConcurrency": config.reserved_concurrency,
        "maximumConcurrency": config.maximum_concurrency,
        "provisionedConcurrency": config.provisioned_concurrency,
        "memory": config.memory,
    }
    for key, names in by_function.items():
        for name in sorted(set(names) - config.function_names):
            other = "auth" if name == "lookup" else "ingestion"
            functions = ", ".join(sorted(config.function_names))
            yield (
                f"{key}.{name} has no effect while {other} is '{getattr(config, other)}': the "
                f"functions are {functions}; remove it, or set {other} to another value"
            )


def _consumer_concurrency(config: StackConfig) -> Iterator[str]:
    """Bound the concurrency of consumers: each throttled batch counts as a receive."""
    for name in CONSUMERS:
        reserved = config.reserved_concurrency.get(name)
        maximum = config.maximum_concurrency.get(name)
        if reserved is None:
            continue
        # Without a maximum concurrency, the event source mapping takes the reserved one.
        if not MIN_CONSUMER_CONCURRENCY <= reserved <= MAX_CONSUMER_CONCURRENCY:
            yield (
                f"reservedConcurrency.{name} is {reserved}, and a function that consumes a queue "
                f"needs {MIN_CONSUMER_CONCURRENCY} to {MAX_CONSUMER_CONCURRENCY}"
            )
        if maximum is not None and maximum > reserved:
            yield (
                f"maximumConcurrency.{name} is {maximum}, more than reservedConcurrency.{name} "
                f"allows; make it {reserved} at most, or reserve more"
            )


def _provisioned_concurrency(config: StackConfig) -> Iterator[str]:
    if config.snap_start and config.provisioned_concurrency:
        # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
        yield (
            "snapStart does not work with provisionedConcurrency; set snapStart to false, or "
            "remove the other"
        )
    for name, capacity in config.provisioned_concurrency.items():
        key = f"provisionedConcurrency.{name}"
        if capacity.min > capacity.max:
            yield (
                f"{key}.min is {capacity.min}, more than its max of {capacity.max}; make it "
                f"{capacity.max} at most, or raise the max"
            )
        reserved = config.reserved_concurrency.get(name)
        if reserved is not None and capacity.max > reserved:
            yield (
                f"{key}.max is {capacity.max}, more than reservedConcurrency.{name} allows; make "
                f"it {reserved} at most, or reserve more"
            )


def _datapoints(config: StackConfig) -> Iterator[str]:
    datapoints, periods = config.alarms.datapoints_to_alarm, config.alarms.evaluation_periods
    if datapoints > periods:
        yield (
            f"alarms.datapointsToAlarm is {datapoints}, more than alarms.evaluationPeriods with "
            f"{periods}; make it {periods} at most, or evaluate more periods"
        )


def _retention(config: StackConfig) -> Iterator[str]:
    """A delivery after its order was deleted would store, and confirm, the order again."""
    days, wait = config.order_retention_days, LONGEST_WAIT.days
    if config.ingestion == "queued" and days <= wait:
        yield (
            f"orderRetentionDays is {days}, and with ingestion 'queued' an order can wait for "
            f"{wait} days; make it {wait + 1} at least, or set ingestion to 'direct'"
        )


def _canary(config: StackConfig, canary: Canary) -> Iterator[str]:
    """A canary that no alarm can stop, or that AWS refuses, is no protection."""
    steps = canary.steps
    if steps != sorted(set(steps)):
        yield f"canary.steps is {steps}, and steps ascend; make it {sorted(set(steps))}"
    if min(steps) <= FAILURES_THRESHOLD:
        yield (
            f"canary.steps starts with {min(steps)} %, and alarms on failures fire above "
            f"{FAILURES_THRESHOLD} % of all invocations, so that no failure of a new version would "
            f"be noticed; start with {FAILURES_THRESHOLD + 1} at least"
        )
    # A step begins within a datapoint, which the failures before and after it share.
    datapoints = config.alarms.datapoints_to_alarm
    needed = DATAPOINT_MINUTES * (datapoints + 1)
    if canary.bake_minutes < needed:
        yield (
            f"canary.bakeMinutes is {canary.bake_minutes}, and an alarm needs "
            f"alarms.datapointsToAlarm of {datapoints} after the first minutes; make it {needed} "
            "at least, or lower the datapoints"
        )
    if config.monitoring == "none":
        yield (
            "canary does not work with monitoring 'none', which has no alarms that judge a new "
            "version; set monitoring to 'full' or 'essential', or remove canary"
        )
    if config.provisioned_concurrency:
        # "Alias with weights can not be used with Provisioned Concurrency"
        # https://github.com/hashicorp/terraform/issues/24957
        yield (
            "canary does not work with provisionedConcurrency, because AWS allows no weights on "
            "such an alias; remove one of them"
        )


def _either(options: tuple[str, ...] | list[str]) -> str:
    return " or ".join(f"'{option}'" for option in options)
