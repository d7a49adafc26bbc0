"""The configuration keys that hold an object: what belongs inside."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from infra.config.values import (
    API_FUNCTIONS,
    CONSUMERS,
    FUNCTIONS,
    Audience,
    CertificateArn,
    Claim,
    ClientId,
    Concurrency,
    DomainName,
    EmailAddress,
    EvaluationPeriods,
    HealthCheckId,
    HostName,
    HttpsOrigin,
    IpRange,
    Issuer,
    ManagedRuleGroup,
    PhoneNumber,
    RouteTableId,
    SecretArn,
    SmtpPort,
    SubnetId,
    UniqueList,
    VpcId,
    WafRate,
    Webhook,
    ZoneId,
)


def _none_if_empty(value: Any) -> Any:
    """Take `{}`, which Pulumi.yaml gives to a stack that does not set the key, for nothing."""
    return None if value == {} else value


# An object with required keys that a stack may do without.
Absent: Final = BeforeValidator(_none_if_empty)


class ConfigObject(BaseModel):
    """An object in the configuration, in the camelCase that `pulumi config set` takes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, strict=True, frozen=True, extra="forbid"
    )


# Requests per second, by `gateway`.
DEFAULT_RATE_LIMITS: Final = {"http": 1000, "rest": 100}

DEFAULT_MEMORY_MB: Final = {
    **dict.fromkeys(FUNCTIONS, 256),
    **dict.fromkeys((*API_FUNCTIONS, "processor"), 512),
}

# A full queue leaves concurrency for clients, even in a new account with a limit of 10. A new SES
# account may send 14 emails per second.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
DEFAULT_MAX_CONCURRENCY: Final = dict.fromkeys(CONSUMERS, 5) | {"email": 2}


def defaults_by_name(defaults: Mapping[str, int]) -> str:
    """Return default values in Markdown: 5 for `processor`, `audit`; 2 for `email`."""
    names: dict[int, list[str]] = {}
    for name, value in defaults.items():
        names.setdefault(value, []).append(f"`{name}`")
    return "; ".join(f"{value} for {', '.join(each)}" for value, each in names.items())


class Throttling(ConfigObject):
    """The steady-state rate in requests per second, and the burst, by default twice the rate."""

    rate_limit: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="Requests per second (steady-state rate). Default: "
        + ", ".join(f"{rate} with `{name}`" for name, rate in DEFAULT_RATE_LIMITS.items())
        + ".",
    )
    burst_limit: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Requests at once (burst). Default: twice the rate."
    )


class Jwt(ConfigObject):
    """JSON web tokens that the API accepts."""

    issuer: Issuer = Field(
        description="The issuer, an HTTPS URL, exactly as in the claim `iss`.",
    )
    audiences: UniqueList[Audience] = Field(
        min_length=1, description="Audiences, of which a token needs one."
    )
    customer_claim: Claim = Field(
        default="sub",
        description="The claim that is the customer's ID; not `iss`, `aud`, `exp`, `nbf`, `iat` or "
        "`jti`. An email address would be in URLs.",
    )
    client_id: ClientId | None = Field(
        default=None,
        description="The ID of the public client (without a secret) with which customers sign in "
        "to the storefront; required with `storefront`, refused without.",
    )
    sign_in_origin: HttpsOrigin | None = Field(
        default=None,
        description="The origin that issues the storefront's tokens, if it is not the issuer's: "
        "with Cognito that of the user pool's domain, such as "
        "`https://shop.auth.us-east-1.amazoncognito.com`.",
    )


class Waf(ConfigObject):
    """AWS WAF in front of a REST API."""

    rate_limit: WafRate = Field(
        default=2000,
        description="Requests of an IP address in 5 minutes above which WAF blocks it.",
    )
    managed_rule_groups: UniqueList[ManagedRuleGroup] = Field(
        default=[
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
        ],
        description="AWS managed rule groups that need no settings.",
    )


class Rest(ConfigObject):
    """Settings that only REST APIs have."""

    allowed_ip_ranges: UniqueList[IpRange] = Field(
        default=[],
        description="IP ranges in CIDR notation that may call the API; `[]` allows all. Clients of "
        "a custom domain name use IPv6 as well.",
    )
    waf: Waf | None = Field(default=None, description="AWS WAF; `{}` is WAF with its defaults.")
    execution_log_level: Literal["OFF", "ERROR", "INFO"] = Field(
        default="ERROR", description="The level of the execution log, which never holds bodies."
    )
    account_role: bool = Field(
        default=True,
        description="Whether the stack sets the account's role for API Gateway logs, one per "
        "region; `false` where something else does.",
    )


class Failover(ConfigObject):
    """Two stacks in two regions with one domain name; a health check decides between them."""

    role: Literal["primary", "secondary"] = Field(
        description="What the stack is: `primary` serves the name; `secondary`, the standby, has "
        "the health check, and serves the name after a failover."
    )
    health_check_id: HealthCheckId | None = Field(
        default=None,
        description="The output `failoverHealthCheckId` of the standby's stack; for the primary.",
    )


class Domain(ConfigObject):
    """A custom domain name."""

    name: DomainName = Field(
        description="The name in lower case, such as `api.example.com`, without wildcards; an "
        "internationalised one in punycode.",
    )
    certificate_arn: CertificateArn = Field(
        description="The ARN of its ACM certificate, in the region of the stack."
    )
    hosted_zone_id: ZoneId | None = Field(
        default=None,
        description="The Route 53 hosted zone for the records; without it, point the name at the "
        "output `domainTarget`.",
    )
    failover: Failover | None = Field(
        default=None,
        description="The failover of the name between two regions ([a second region]"
        "(regions.md)). The primary needs `hostedZoneId`; a standby without it has no records yet.",
    )


class Smtp(ConfigObject):
    """An SMTP server."""

    host: HostName = Field(
        description="The host name in the server's certificate; no IP address.",
    )
    port: SmtpPort = Field(
        default=587,
        description="The port, not 25, which AWS blocks for Lambda functions. 465 and 2465 use TLS "
        "from the first byte, all others STARTTLS.",
    )
    secret_arn: SecretArn = Field(
        description="The complete ARN, with its six last characters, of a Secrets Manager secret "
        '`{"username", "password"}` in the region of the stack. With `vpc.endpoints`, '
        "a secret of another account is denied.",
    )


class Provisioned(ConfigObject):
    """Provisioned concurrency of a function."""

    min: Concurrency = Field(description="The minimum capacity.")
    max: Concurrency = Field(
        description="The maximum capacity, up to the function's reserved concurrency."
    )
    # The bounds of the AWS CDK: near 0 or 1 the scaling would never come to rest, or never start.
    target_utilization: Annotated[float, Field(ge=0.1, le=0.9)] = Field(
        default=0.7, description="The utilization above which capacity is added."
    )


class Relay(ConfigObject):
    """How the relay reads the stream of the orders table."""

    # https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    parallelization_factor: Annotated[int, Field(ge=1, le=10)] = Field(
        default=1,
        description="Batches of each shard of the stream that the relay publishes at once.",
    )
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    batching_window_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        default=0,
        description="Seconds for which a batch waits for more orders: fewer requests, later "
        "confirmations.",
    )


class VpcEndpoints(ConfigObject):
    """VPC endpoints that the stack creates."""

    route_table_ids: UniqueList[RouteTableId] = Field(
        min_length=1,
        description="The route tables of the subnets, which get the route to DynamoDB.",
    )


class Vpc(ConfigObject):
    """The VPC of the functions."""

    vpc_id: VpcId = Field(description="The VPC, which resolves DNS names.")
    subnet_ids: UniqueList[SubnetId] = Field(
        min_length=1, description="Private subnets in at least two zones."
    )
    endpoints: Annotated[VpcEndpoints | None, Absent] = Field(
        default=None,
        description="VPC endpoints that the stack creates, in a VPC of its own; not where "
        "endpoints or a NAT gateway exist. An SMTP server needs a NAT gateway.",
    )


class Alarms(ConfigObject):
    """Thresholds of alarms, and the traffic from which they count."""

    minimum_invocations: Annotated[int, Field(ge=1)] = Field(
        default=20,
        description="Invocations in 5 minutes below which the percentage of failures is ignored.",
    )
    minimum_messages: Annotated[int, Field(ge=1)] = Field(
        default=20, description="The same for failed messages, and for emails that SES refuses."
    )
    minimum_requests: Annotated[int, Field(ge=1)] = Field(
        default=20, description="The same for 4xx and 5xx responses."
    )
    evaluation_periods: EvaluationPeriods = Field(
        default=3, description="Periods of 5 minutes that an alarm on a percentage evaluates."
    )
    datapoints_to_alarm: EvaluationPeriods = Field(
        default=2,
        description="Datapoints that have to exceed the threshold, up to `evaluationPeriods`.",
    )
    requests_per_hour: Annotated[int, Field(ge=1)] = Field(
        default=100_000, description="Requests in an hour above which there is a warning."
    )
    emails_per_hour: Annotated[int, Field(ge=1)] = Field(
        default=2000, description="Emails in an hour above which there is a warning."
    )


# The share of failed invocations or messages above which a function's alarms fire, in percent, and
# the minutes of their datapoints (infra/monitoring/alarms/functions.py).
FAILURES_THRESHOLD: Final = 5
DATAPOINT_MINUTES: Final = 5


class Canary(ConfigObject):
    """How a new version gets the traffic of the version before it."""

    steps: list[Annotated[int, Field(ge=1, le=99)]] = Field(
        min_length=1,
        description="Percentages of invocations that a new version gets, in ascending order, such "
        f"as `[10, 50]`; the first more than {FAILURES_THRESHOLD}, because no alarm fires at fewer "
        "failures.",
    )
    bake_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = Field(
        default=15,
        description="Minutes after each step in which an alarm rolls the version back; "
        f"{DATAPOINT_MINUTES} more than `alarms.datapointsToAlarm` takes, at least.",
    )


class Alerts(ConfigObject):
    """Receivers of critical alarms."""

    emails: UniqueList[EmailAddress] = Field(
        default=[],
        description="Email addresses that receive critical alarms; each has to confirm once.",
    )
    phone_numbers: UniqueList[PhoneNumber] = Field(
        default=[],
        description="Phone numbers, such as `+15550100`, that receive critical alarms by SMS.",
    )
    webhooks: UniqueList[Webhook] = Field(
        default=[],
        description="HTTPS URLs, without user name and password, that receive critical alarms; "
        "each has to confirm once.",
    )


class Warnings(ConfigObject):
    """Receivers of warnings."""

    emails: UniqueList[EmailAddress] = Field(
        default=[], description="Email addresses that receive warnings; each has to confirm once."
    )
    webhooks: UniqueList[Webhook] = Field(
        default=[], description="HTTPS URLs that receive warnings; each has to confirm once."
    )
