"""The kinds of values that configuration keys take, each of which says in words what it should be."""

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def _matching(pattern: str, meaning: str) -> AfterValidator:
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
        return str(ipaddress.ip_network(text))
    except ValueError:
        meaning = "an IP range in CIDR notation, such as 192.0.2.0/24"
        raise PydanticCustomError("ip_range", "Input should be {meaning}", {"meaning": meaning}) from None


EmailAddress = Annotated[
    str, _matching(r"[^@\s<>*]+@[^@\s<>*]+\.[^@\s<>*]+", "an e-mail address alone, such as orders@example.com")
]
PhoneNumber = Annotated[str, _matching(r"\+[1-9][0-9]{6,14}", "a phone number such as +15550100")]
HttpsUrl = Annotated[str, _matching(r"https://[^\s/]+(/\S*)?", "a URL that starts with https://")]
HostName = Annotated[str, _matching(r"([A-Za-z0-9][A-Za-z0-9.-]*)?", "a host name such as smtp.example.com")]
DomainName = Annotated[
    str,
    _matching(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", "a domain name in lower case, such as api.example.com"),
]
Origin = Annotated[
    str,
    # Nothing that could end the quotes in which a REST API's headers and templates hold it.
    _matching(r"\*|https?://[A-Za-z0-9.:\[\]-]+", "an origin without a path, such as https://shop.example.com, or *"),
]
IpRange = Annotated[str, AfterValidator(_ip_range)]
SecretArn = Annotated[
    str, _matching(r"(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\S+)?", "the ARN of a secret")
]
CertificateArn = Annotated[
    str, _matching(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/\S+", "the ARN of an ACM certificate")
]
VpcId = Annotated[str, _matching(r"vpc-[0-9a-f]+", "the ID of a VPC, such as vpc-0a1b2c3d")]
SubnetId = Annotated[str, _matching(r"subnet-[0-9a-f]+", "the ID of a subnet, such as subnet-0a1b2c3d")]
RouteTableId = Annotated[str, _matching(r"rtb-[0-9a-f]+", "the ID of a route table, such as rtb-0a1b2c3d")]
ZoneId = Annotated[str, _matching(r"Z[0-9A-Z]+", "the ID of a hosted zone, such as Z0123456789ABC")]
# What names a client in a resource's name: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
ClientName = Annotated[str, _matching(r"[a-z0-9][a-z0-9-]{0,62}", "lower-case letters, digits and hyphens")]

# What CloudWatch Logs accepts: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Annotated[
    int,
    _one_of(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
]

# A hundred years; dates beyond the year 9999 do not exist in Python.
OrderRetentionDays = Annotated[int, Field(ge=1, le=36_500)]

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]

Concurrency = Annotated[int, Field(ge=1)]

# What an event source mapping takes as its maximum concurrency, which follows the reserved one where it is not given.
# https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
ConsumerConcurrency = Annotated[int, Field(ge=2, le=1000)]

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
WafRate = Annotated[int, Field(ge=10, le=2_000_000_000)]

MANAGED_RULE_GROUPS: Final = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
]
# Those that need no settings of their own, as the ones against bots and stolen accounts do.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
RuleGroup = Annotated[
    str,
    _one_of(
        *MANAGED_RULE_GROUPS,
        "AWSManagedRulesAdminProtectionRuleSet",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesLinuxRuleSet",
        "AWSManagedRulesPHPRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesUnixRuleSet",
        "AWSManagedRulesWindowsRuleSet",
        "AWSManagedRulesWordPressRuleSet",
    ),
]
