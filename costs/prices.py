"""AWS prices in US East (N. Virginia), in USD, without free tiers: each with its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

# When they were last compared with their sources.
AS_OF: Final = "26 November 2026"

MILLION: Final = 1_000_000
_TERA: Final = 1_000

# `AWS`: a page of AWS states the figure. `third party`: a page of 2025 or 2026 by others does, and
# the source, AWS's own, could not be read.
Evidence = Literal["AWS", "third party"]


@dataclass(frozen=True, kw_only=True)
class Price:
    """A price of `per` units; `tiers` are the unit above which, and what it costs from there on."""

    usd: float
    per: float
    unit: str
    source: str
    evidence: Evidence
    tiers: Sequence[tuple[float, float]] = ()

    def cost(self, units: float) -> float:
        """Return what these units cost in one month."""
        total, begin, usd = 0.0, 0.0, self.usd
        for end, next_usd in self.tiers:
            if units <= end:
                break
            total += (end - begin) * usd
            begin, usd = end, next_usd
        return (total + (units - begin) * usd) / self.per


_API_GATEWAY: Final = (
    "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-"
    "integration/cost-optimization.html"
)
_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"

HTTP_API: Final = Price(
    usd=1.00,
    per=MILLION,
    unit="million requests of an HTTP API",
    source=_API_GATEWAY,
    evidence="AWS",
    tiers=[(300 * MILLION, 0.90)],
)
REST_API: Final = Price(
    usd=3.50,
    per=MILLION,
    unit="million requests of a REST API",
    source=_API_GATEWAY,
    evidence="AWS",
    tiers=[(333 * MILLION, 2.80), (1_000 * MILLION, 2.38), (20_000 * MILLION, 1.51)],
)
DATA_OUT: Final = Price(
    usd=0.09,
    per=1,
    unit="GB to the internet",
    source="https://aws.amazon.com/api-gateway/pricing/",
    evidence="third party",
    tiers=[(10 * _TERA, 0.085), (50 * _TERA, 0.07), (150 * _TERA, 0.05)],
)
WRITE: Final = Price(
    usd=0.625,
    per=MILLION,
    unit="million write request units, on demand",
    source=_DYNAMODB,
    evidence="third party",
)
STORAGE: Final = Price(
    usd=0.25, per=1, unit="GB of tables and indexes a month", source=_DYNAMODB, evidence="AWS"
)
BACKUP: Final = Price(
    usd=0.20,
    per=1,
    unit="GB with point-in-time recovery a month",
    source=_DYNAMODB,
    evidence="third party",
)
INVOCATION: Final = Price(
    usd=0.20, per=MILLION, unit="million invocations", source=_LAMBDA, evidence="third party"
)
# The tiers are those of
# https://aws.amazon.com/blogs/compute/introducing-tiered-pricing-for-aws-lambda/
DURATION: Final = Price(
    usd=0.0000133334,
    per=1,
    unit="GB-second of an arm64 function",
    source=_LAMBDA,
    evidence="third party",
    tiers=[(7_500 * MILLION, 0.0000120001), (18_750 * MILLION, 0.0000106667)],
)
PROVISIONED: Final = Price(
    usd=0.0000033334,
    per=1,
    unit="GB-second of provisioned concurrency, arm64",
    source=_LAMBDA,
    evidence="third party",
)
# The tiers are those of logs that Lambda functions write, since May 2025.
LOGS: Final = Price(
    usd=0.50,
    per=1,
    unit="GB of a function's log",
    source=_CLOUDWATCH,
    evidence="third party",
    tiers=[(10 * _TERA, 0.25), (30 * _TERA, 0.10), (50 * _TERA, 0.05)],
)
ACCESS_LOGS: Final = Price(
    usd=0.50, per=1, unit="GB of the access log", source=_CLOUDWATCH, evidence="third party"
)
PUBLISH: Final = Price(
    usd=0.50,
    per=MILLION,
    unit="million requests to SNS, of 64 KB each; deliveries to SQS are free",
    source="https://aws.amazon.com/sns/pricing/",
    evidence="third party",
)
QUEUE: Final = Price(
    usd=0.40,
    per=MILLION,
    unit="million requests to SQS, of 64 KB each",
    source="https://aws.amazon.com/sqs/pricing/",
    evidence="third party",
    tiers=[(100_000 * MILLION, 0.30), (200_000 * MILLION, 0.24)],
)
EMAIL: Final = Price(
    usd=0.10,
    per=1_000,
    unit="thousand emails that SES sends",
    source="https://aws.amazon.com/ses/pricing/",
    evidence="third party",
)
TRACE: Final = Price(
    usd=5.00,
    per=MILLION,
    unit="million traces",
    source="https://aws.amazon.com/xray/pricing/",
    evidence="AWS",
)
METRIC: Final = Price(
    usd=0.30,
    per=1,
    unit="metric of the handlers a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
ALARM: Final = Price(
    usd=0.10,
    per=1,
    unit="metric of an alarm a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
DASHBOARD: Final = Price(
    usd=3.00, per=1, unit="dashboard a month", source=_CLOUDWATCH, evidence="third party"
)
KEY: Final = Price(
    usd=1.00,
    per=1,
    unit="customer managed key a month",
    source="https://aws.amazon.com/kms/pricing/",
    evidence="AWS",
)
KEY_REQUEST: Final = Price(
    usd=0.03,
    per=10_000,
    unit="ten thousand requests to KMS",
    source="https://aws.amazon.com/kms/pricing/",
    evidence="third party",
)
