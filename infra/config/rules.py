"""Which options of a stack do not go together: each rule names both keys, and says what would work."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.config.model import StackConfig
from infra.config.owner import NEEDED_BY, command
from infra.messaging.queue import LONGEST_WAIT

# Which gateway can check which kind of caller.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
_GATEWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "none": ("http", "rest"),
    "apiKey": ("rest",),
    "jwt": ("http",),
    "iam": ("http", "rest"),
}

# Keys, of the stack or inside an object, that mean something under one value of another key only.
_ONLY_WITH: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("gateway", "rest"): ("allowedIpRanges", "waf", "executionLogLevel", "apiGatewayAccountRole"),
    ("auth", "apiKey"): ("apiKeys",),
    ("auth", "jwt"): ("jwt",),
    ("emailTransport", "ses"): ("emailIdentity",),
    ("emailTransport", "smtp"): ("smtpHost", "smtpPort", "smtpSecretArn"),
    ("tracing", "true"): ("traceSampling",),
    ("waf", "true"): ("wafRateLimit", "wafManagedRuleGroups"),
    ("vpc.createEndpoints", "true"): ("vpc.routeTableIds",),
}

# Lists whose entries are resources, or say something, of which there cannot be two.
_LISTS: Final = (
    "apiKeys",
    "jwt.audiences",
    "corsOrigins",
    "allowedIpRanges",
    "wafManagedRuleGroups",
    "vpc.subnetIds",
    "vpc.routeTableIds",
    "alertEmails",
    "alertPhoneNumbers",
    "alertWebhooks",
    "warningEmails",
    "warningWebhooks",
)

# What AWS finds in the stack's own region alone.
_REGIONAL: Final[Mapping[str, str]] = {
    "domain.certificateArn": "certificate",
    "smtpSecretArn": "secret",
}

_DEFAULTS: Final = StackConfig.model_construct(email_from="")


def disagreements(config: StackConfig, region: str | None) -> Iterator[str]:
    """Yield a sentence, without its full stop, for every pair of keys that disagree.

    `region` is the stack's `aws:region`, None where it is set elsewhere.
    """
    yield from _elsewhere(config, region)
    for rule in _RULES:
        yield from rule(config)


def _gateway_and_auth(config: StackConfig) -> Iterator[str]:
    if config.gateway not in (allowed := _GATEWAYS[config.auth]):
        others = [auth for auth, gateways in _GATEWAYS.items() if config.gateway in gateways]
        yield (
            f"auth '{config.auth}' does not work with gateway '{config.gateway}'; set gateway to "
            f"{_either(allowed)}, or auth to {_either(others)}"
        )


def _only_with(config: StackConfig) -> Iterator[str]:
    for (key, value), dependants in _ONLY_WITH.items():
        if (actual := _text(config, key)) == value:
            continue
        for dependant in dependants:
            if _differs_from_default(config, dependant):
                yield f"{dependant} has no use while {key} is '{actual}'; remove it, or set {key} to '{value}'"


def _needed(config: StackConfig) -> Iterator[str]:
    for (key, value), needed in NEEDED_BY.items():
        missing = [name for name in needed if not _look_up(config, name)]
        if _text(config, key) == value and missing:
            commands = " && ".join(map(command, missing))
            yield (
                f"{key} is '{value}', which needs {' and '.join(missing)} as well; set {key} to "
                f"'{_text(_DEFAULTS, key)}', or what is missing with: {commands}"
            )


def _complete_objects(config: StackConfig) -> Iterator[str]:
    yield from _complete(config, "domain", ("name", "certificateArn"))
    endpoints = ("routeTableIds",) if config.vpc.create_endpoints else ()
    yield from _complete(config, "vpc", ("vpcId", "subnetIds", *endpoints))


def _complete(config: StackConfig, key: str, needed: tuple[str, ...]) -> Iterator[str]:
    given = _look_up(config, key).given
    if given and (missing := [f"{key}.{name}" for name in needed if name not in given]):
        yield f"{key} holds {' and '.join(given)}, which needs {' and '.join(missing)} as well"


def _functions_exist(config: StackConfig) -> Iterator[str]:
    """No key may speak of a function that the stack, as it is configured, does not have."""
    for key in ("reservedConcurrency", "maximumConcurrency", "provisionedConcurrency", "memory"):
        given = _look_up(config, key).given
        for name in sorted(given.keys() - config.function_names):
            cause = (
                f"auth is '{config.auth}'"
                if name == "lookup"
                else f"ingestion is '{config.ingestion}'"
            )
            every = ", ".join(sorted(config.function_names))
            yield (
                f"{key}.{name} has no use while {cause}: there is no such function then, only {every}; remove it, or "
                f"set {'auth' if name == 'lookup' else 'ingestion'} to another value"
            )


def _consumers(config: StackConfig) -> Iterator[str]:
    """Pollers that hand over more batches than the function may run use up the messages' receives on throttles."""
    for name, maximum in config.maximum_concurrency:
        reserved = getattr(config.reserved_concurrency, name)
        if maximum is not None and reserved is not None and maximum > reserved:
            yield (
                f"maximumConcurrency.{name} is {maximum}, more than reservedConcurrency.{name} allows; "
                f"make it {reserved} at most, or reserve more"
            )


def _warmth(config: StackConfig) -> Iterator[str]:
    provisioned = {
        name: bounds for name, bounds in config.provisioned_concurrency if bounds is not None
    }
    if config.snap_start and provisioned:
        # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
        yield "snapStart does not work with provisionedConcurrency; set snapStart to false, or remove the other"
    for name, bounds in provisioned.items():
        if bounds.min > bounds.max:
            yield (
                f"provisionedConcurrency.{name}.min is {bounds.min}, more than its max of {bounds.max}; "
                f"make it {bounds.max} at most, or raise the max"
            )
        reserved = getattr(config.reserved_concurrency, name)
        if reserved is not None and bounds.max > reserved:
            yield (
                f"provisionedConcurrency.{name}.max is {bounds.max}, more than reservedConcurrency.{name} "
                f"allows; make it {reserved} at most, or reserve more"
            )


def _datapoints(config: StackConfig) -> Iterator[str]:
    needed, periods = config.alarms.datapoints_to_alarm, config.alarms.evaluation_periods
    if needed > periods:
        yield (
            f"alarms.datapointsToAlarm is {needed}, more than alarms.evaluationPeriods with {periods}; "
            f"make it {periods} at most, or look at more periods"
        )


def _retention(config: StackConfig) -> Iterator[str]:
    """A repetition that waits longer than its order is kept would be stored, and confirmed, once more."""
    if config.ingestion == "queued" and config.order_retention_days <= LONGEST_WAIT.days:
        yield (
            f"orderRetentionDays is {config.order_retention_days}, and with ingestion 'queued' an order can wait for "
            f"{LONGEST_WAIT.days} days; make it {LONGEST_WAIT.days + 1} at least, or set ingestion to 'direct'"
        )


def _named_once(config: StackConfig) -> Iterator[str]:
    for key in _LISTS:
        entries = _look_up(config, key)
        if twice := sorted({entry for entry in entries if entries.count(entry) > 1}):
            yield f"{key} holds {' and '.join(twice)} more than once; name each once"
    if "*" in config.cors_origins and len(config.cors_origins) > 1:
        yield "corsOrigins holds '*' beside other origins; keep '*' alone, or the others"


def _elsewhere(config: StackConfig, region: str | None) -> Iterator[str]:
    for key, kind in _REGIONAL.items():
        arn = _look_up(config, key)
        if arn and region and (found := arn.split(":")[3]) != region:
            yield f"{key} is in the region '{found}', and aws:region is '{region}'; name a {kind} of that region"


def _look_up(config: StackConfig, path: str) -> Any:
    """Return the value under a key, or under a key inside of one, as the stack writes them."""
    found: Any = config
    for part in path.split("."):
        fields = type(found).model_fields
        (name,) = (name for name, field in fields.items() if field.alias == part)
        found = getattr(found, name)
    return found


def _text(config: StackConfig, key: str) -> str:
    value = _look_up(config, key)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _differs_from_default(config: StackConfig, key: str) -> bool:
    return bool(_look_up(config, key) != _look_up(_DEFAULTS, key))


def _either(options: tuple[str, ...] | list[str]) -> str:
    return " or ".join(f"'{option}'" for option in options)


_RULES: Final = (
    _gateway_and_auth,
    _only_with,
    _needed,
    _complete_objects,
    _functions_exist,
    _consumers,
    _warmth,
    _datapoints,
    _retention,
    _named_once,
)
