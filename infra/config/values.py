"""Types of configuration values; their errors say in words what is allowed."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import AfterValidator, Field, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from handlers.common.contract import API_FUNCTION, WORKFLOWS, WRITER
from infra.config import hosts

Item = TypeVar("Item")

# Functions by the names of their packages: those that clients wait for, those that consume a queue,
# and all.
API_FUNCTIONS: Final = (*API_FUNCTION.values(), "lookup")
CONSUMERS: Final = (WRITER["queued"], *WORKFLOWS)
FUNCTIONS: Final = (*API_FUNCTION.values(), WRITER["queued"], "lookup", "relay", *WORKFLOWS)

# The limits of an event source mapping's maximum concurrency.
# https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
MIN_CONSUMER_CONCURRENCY, MAX_CONSUMER_CONCURRENCY = 2, 1000

# https://repost.aws/knowledge-center/ec2-port-25-throttle
_BLOCKED_PORT: Final = 25

# The registered claims that do not identify a customer: https://www.rfc-editor.org/rfc/rfc7519#section-4.1
_NO_CUSTOMER: Final = ("iss", "aud", "exp", "nbf", "iat", "jti")


@dataclass(frozen=True)
class OneOf:
    """Validates names as `Literal` does, for a type that is `str`."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Return the schema of these names."""
        return core_schema.literal_schema(list(self.names))


def one_of(name: Any) -> tuple[str, ...]:
    """Return the names that a type such as `FunctionName` allows."""
    (names,) = (each.names for each in get_args(name) if isinstance(each, OneOf))
    return names


def matching(pattern: str, meaning: str) -> AfterValidator:
    """Return a check of a text whose failure says in words what the text should be."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError("text", "Input should be {meaning}", {"meaning": meaning})
        return text

    return AfterValidator(check)


def _one_of(*allowed: str | int) -> AfterValidator:
    def check(value: str | int) -> str | int:
        if value not in allowed:
            every = ", ".join(map(str, allowed))
            raise PydanticCustomError("one_of", "Input should be one of {every}", {"every": every})
        return value

    return AfterValidator(check)


def _ip_range(text: str) -> str:
    try:
        # No netmask and no zone, which Python would take as well.
        return str(
            ipaddress.ip_network(text if re.fullmatch(r"[0-9A-Fa-f.:]+(/[0-9]+)?", text) else "")
        )
    except ValueError:
        meaning = "an IP range in CIDR notation, such as 192.0.2.0/24"
        raise PydanticCustomError(
            "ip_range", "Input should be {meaning}", {"meaning": meaning}
        ) from None


def _smtp_port(port: int) -> int:
    """Refuse the port between mail servers, which AWS blocks for Lambda functions."""
    if port == _BLOCKED_PORT:
        meaning = (
            "the port for clients of the server, such as 587 or 465: AWS blocks port 25 for Lambda "
            "functions"
        )
        raise PydanticCustomError("smtp_port", "Input should be {meaning}", {"meaning": meaning})
    return port


def _claim(name: str) -> str:
    """Refuse claims that do not identify a customer."""
    if name != name.strip() or not name.isprintable():
        raise PydanticCustomError(
            "claim", "Input should be the name of a claim, without spaces around it"
        )
    if name in _NO_CUSTOMER:
        every = ", ".join(_NO_CUSTOMER)
        meaning = f"a claim that is the customer's own ID, such as sub; none of {every}"
        raise PydanticCustomError("claim", "Input should be {meaning}", {"meaning": meaning})
    return name


def _unique(entries: list[Item]) -> list[Item]:
    if len(set(entries)) < len(entries):
        raise PydanticCustomError("unique", "Input should hold each entry once")
    return entries


def _origins(origins: list[str]) -> list[str]:
    if "*" in origins and len(origins) > 1:
        raise PydanticCustomError("origins", "Input should be '*' alone, or origins without '*'")
    return origins


# A list whose entries are resources, or settings, of which there cannot be two.
UniqueList = Annotated[list[Item], AfterValidator(_unique)]

SesIdentity = Literal["existing", "address", "domain"]
EmailAddress = Annotated[str, AfterValidator(hosts.email_address)]
PhoneNumber = Annotated[str, matching(r"\+[1-9][0-9]{6,14}", "a phone number such as +15550100")]
Issuer = Annotated[str, AfterValidator(hosts.issuer)]
Audience = Annotated[
    str, Field(min_length=1), matching(r"\S(.*\S)?", "an audience without spaces around it")
]
Claim = Annotated[str, Field(min_length=1), AfterValidator(_claim)]
# https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1, without the spaces that it allows.
ClientId = Annotated[
    str, matching(r"[!-~]{1,255}", "a client's ID: printable ASCII without spaces")
]
HttpsOrigin = Annotated[str, AfterValidator(hosts.https_origin)]
Webhook = Annotated[str, AfterValidator(hosts.webhook)]
HostName = Annotated[str, AfterValidator(hosts.host_name)]
SmtpPort = Annotated[int, Field(ge=1, le=65_535), AfterValidator(_smtp_port)]
DomainName = Annotated[str, AfterValidator(hosts.domain_name)]
Origins = Annotated[
    UniqueList[Annotated[str, AfterValidator(hosts.origin)]], AfterValidator(_origins)
]
IpRange = Annotated[str, AfterValidator(_ip_range)]
# A policy needs the ARN with the six characters that Secrets Manager appends to the name. Suffixes
# for ECS, such as `:password::`, are not part of an ARN.
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html
SecretArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
        r"[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}",
        "the complete ARN of a secret, which ends in a hyphen and six characters, with nothing "
        "after them",
    ),
]
CertificateArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+",
        "the ARN of an ACM certificate",
    ),
]
# Empty where the roles have none: the Pulumi CLI needs a default for a text.
PermissionsBoundary = Annotated[
    str,
    matching(
        r"|arn:aws[a-z-]*:iam::[0-9]{12}:policy/\S+",
        "the ARN of a customer managed policy of the account",
    ),
]
VpcId = Annotated[str, matching(r"vpc-[0-9a-f]+", "the ID of a VPC, such as vpc-0a1b2c3d")]
SubnetId = Annotated[
    str, matching(r"subnet-[0-9a-f]+", "the ID of a subnet, such as subnet-0a1b2c3d")
]
RouteTableId = Annotated[
    str, matching(r"rtb-[0-9a-f]+", "the ID of a route table, such as rtb-0a1b2c3d")
]
ZoneId = Annotated[
    str, matching(r"Z[0-9A-Z]{1,31}", "the ID of a hosted zone, such as Z0123456789ABC")
]
HealthCheckId = Annotated[
    str,
    matching(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "the ID of a Route 53 health check, such as 1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f",
    ),
]
# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
ClientName = Annotated[
    str, matching(r"[a-z0-9][a-z0-9-]{0,62}", "lower-case letters, digits and hyphens")
]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Annotated[
    int,
    _one_of(
        1,
        3,
        5,
        7,
        14,
        30,
        60,
        90,
        120,
        150,
        180,
        365,
        400,
        545,
        731,
        1096,
        1827,
        2192,
        2557,
        2922,
        3288,
        3653,
    ),
]

# A hundred years; dates beyond the year 9999 do not exist in Python.
OrderRetentionDays = Annotated[int, Field(ge=1, le=36_500)]

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]

FunctionName = Annotated[str, OneOf(FUNCTIONS)]
ConsumerName = Annotated[str, OneOf(CONSUMERS)]
ApiFunctionName = Annotated[str, OneOf(API_FUNCTIONS)]

Concurrency = Annotated[int, Field(ge=1)]

# Alarms on shares look at periods of 5 minutes, and such an alarm at one day at most.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
EvaluationPeriods = Annotated[int, Field(ge=1, le=86_400 // 300)]

# The counter holds the ID of each event, and every write costs by its size: 36 KB with the most.
ConfirmationsPerHour = Annotated[int, Field(ge=1, le=1000)]

ConsumerConcurrency = Annotated[
    int, Field(ge=MIN_CONSUMER_CONCURRENCY, le=MAX_CONSUMER_CONCURRENCY)
]

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
WafRate = Annotated[int, Field(ge=10, le=2_000_000_000)]

# Those that need no settings of their own, as the ones against bots and account takeover do.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
ManagedRuleGroup = Annotated[
    str,
    _one_of(
        "AWSManagedRulesAdminProtectionRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesLinuxRuleSet",
        "AWSManagedRulesPHPRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesUnixRuleSet",
        "AWSManagedRulesWindowsRuleSet",
        "AWSManagedRulesWordPressRuleSet",
    ),
]
