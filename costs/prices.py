"""AWS prices in US East (N. Virginia), in USD, without free tiers: each with its source."""

from typing import Final

from costs.price import Price

# When they were last compared with their sources.
AS_OF: Final = "26 and 27 November 2026"

REGION: Final = "us-east-1"

MILLION: Final = 1_000_000
_TERA: Final = 1_000

_API_GATEWAY: Final = (
    "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-"
    "integration/cost-optimization.html"
)
_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_CLOUDFRONT: Final = "https://aws.amazon.com/cloudfront/pricing/"
_PRIVATELINK: Final = "https://aws.amazon.com/privatelink/pricing/"
_ROUTE53: Final = "https://aws.amazon.com/route53/pricing/"
_WAF: Final = "https://aws.amazon.com/waf/pricing/"

HTTP_API: Final = Price(
    service="API Gateway",
    usd=1.00,
    per=MILLION,
    unit="million requests of an HTTP API",
    source=_API_GATEWAY,
    evidence="AWS",
    tiers=[(300 * MILLION, 0.90)],
)
REST_API: Final = Price(
    service="API Gateway",
    usd=3.50,
    per=MILLION,
    unit="million requests of a REST API",
    source=_API_GATEWAY,
    evidence="AWS",
    tiers=[(333 * MILLION, 2.80), (1_000 * MILLION, 2.38), (20_000 * MILLION, 1.51)],
)
DATA_OUT: Final = Price(
    service="Data transfer",
    usd=0.09,
    per=1,
    unit="GB to the internet",
    source="https://aws.amazon.com/api-gateway/pricing/",
    evidence="third party",
    tiers=[(10 * _TERA, 0.085), (50 * _TERA, 0.07), (150 * _TERA, 0.05)],
)
WRITE: Final = Price(
    service="DynamoDB",
    usd=0.625,
    per=MILLION,
    unit="million write request units, on demand",
    source=_DYNAMODB,
    evidence="third party",
)
STORAGE: Final = Price(
    service="DynamoDB",
    usd=0.25,
    per=1,
    unit="GB of tables and indexes a month",
    source=_DYNAMODB,
    evidence="AWS",
)
BACKUP: Final = Price(
    service="DynamoDB",
    usd=0.20,
    per=1,
    unit="GB with point-in-time recovery a month",
    source=_DYNAMODB,
    evidence="third party",
)
INVOCATION: Final = Price(
    service="Lambda",
    usd=0.20,
    per=MILLION,
    unit="million invocations",
    source=_LAMBDA,
    evidence="third party",
)
# The tiers are those of
# https://aws.amazon.com/blogs/compute/introducing-tiered-pricing-for-aws-lambda/
DURATION: Final = Price(
    service="Lambda",
    usd=0.0000133334,
    per=1,
    unit="GB-second of an arm64 function",
    source=_LAMBDA,
    evidence="third party",
    tiers=[(7_500 * MILLION, 0.0000120001), (18_750 * MILLION, 0.0000106667)],
)
PROVISIONED: Final = Price(
    service="Lambda",
    usd=0.0000033334,
    per=1,
    unit="GB-second of provisioned concurrency, arm64",
    source=_LAMBDA,
    evidence="third party",
)
# The tiers are those of logs that Lambda functions write, since May 2025.
LOGS: Final = Price(
    service="CloudWatch",
    usd=0.50,
    per=1,
    unit="GB of a function's log",
    source=_CLOUDWATCH,
    evidence="third party",
    tiers=[(10 * _TERA, 0.25), (30 * _TERA, 0.10), (50 * _TERA, 0.05)],
)
ACCESS_LOGS: Final = Price(
    service="CloudWatch",
    usd=0.50,
    per=1,
    unit="GB of the access log",
    source=_CLOUDWATCH,
    evidence="third party",
)
PUBLISH: Final = Price(
    service="SNS",
    usd=0.50,
    per=MILLION,
    unit="million requests to SNS, of 64 KB each; deliveries to SQS are free",
    source="https://aws.amazon.com/sns/pricing/",
    evidence="third party",
)
QUEUE: Final = Price(
    service="SQS",
    usd=0.40,
    per=MILLION,
    unit="million requests to SQS, of 64 KB each",
    source="https://aws.amazon.com/sqs/pricing/",
    evidence="third party",
    tiers=[(100_000 * MILLION, 0.30), (200_000 * MILLION, 0.24)],
)
EMAIL: Final = Price(
    service="SES",
    usd=0.10,
    per=1_000,
    unit="thousand emails that SES sends",
    source="https://aws.amazon.com/ses/pricing/",
    evidence="third party",
)
TRACE: Final = Price(
    service="X-Ray",
    usd=5.00,
    per=MILLION,
    unit="million traces",
    source="https://aws.amazon.com/xray/pricing/",
    evidence="AWS",
)
METRIC: Final = Price(
    service="CloudWatch",
    usd=0.30,
    per=1,
    unit="metric of the handlers a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
ALARM: Final = Price(
    service="CloudWatch",
    usd=0.10,
    per=1,
    unit="metric of an alarm a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
DASHBOARD: Final = Price(
    service="CloudWatch",
    usd=3.00,
    per=1,
    unit="dashboard a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
KEY: Final = Price(
    service="KMS",
    usd=1.00,
    per=1,
    unit="customer managed key a month",
    source="https://aws.amazon.com/kms/pricing/",
    evidence="AWS",
)
KEY_REQUEST: Final = Price(
    service="KMS",
    usd=0.03,
    per=10_000,
    unit="ten thousand requests to KMS",
    source="https://aws.amazon.com/kms/pricing/",
    evidence="third party",
)

# What only some stacks have.
PROVISIONED_DURATION: Final = Price(
    service="Lambda",
    usd=0.0000077778,
    per=1,
    unit="GB-second of an arm64 function in provisioned concurrency",
    source=_LAMBDA,
    evidence="unconfirmed",
)
SNAPSHOT: Final = Price(
    service="Lambda",
    usd=0.0000015046,
    per=1,
    unit="GB-second of a published version's snapshot (SnapStart)",
    source=_LAMBDA,
    evidence="third party",
)
LOG_STORAGE: Final = Price(
    service="CloudWatch",
    usd=0.03,
    per=1,
    unit="GB of compressed logs a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
INSIGHTS_RULE: Final = Price(
    service="CloudWatch",
    usd=0.50,
    per=1,
    unit="Contributor Insights rule for DynamoDB a month",
    source=_CLOUDWATCH,
    evidence="third party",
)
INSIGHTS_EVENT: Final = Price(
    service="CloudWatch",
    usd=0.03,
    per=MILLION,
    unit="million events of Contributor Insights rules for DynamoDB",
    source=_CLOUDWATCH,
    evidence="third party",
)
WEB_ACL: Final = Price(
    service="WAF",
    usd=5.00,
    per=1,
    unit="web ACL a month",
    source=_WAF,
    evidence="third party",
)
WEB_ACL_RULE: Final = Price(
    service="WAF",
    usd=1.00,
    per=1,
    unit="rule, or rule group of AWS, in a web ACL a month",
    source=_WAF,
    evidence="third party",
)
WEB_ACL_REQUEST: Final = Price(
    service="WAF",
    usd=0.60,
    per=MILLION,
    unit="million requests that a web ACL inspects",
    source=_WAF,
    evidence="third party",
)
ENDPOINT: Final = Price(
    service="VPC",
    usd=0.01,
    per=1,
    unit="hour of an interface endpoint in an Availability Zone",
    source=_PRIVATELINK,
    evidence="third party",
)
ENDPOINT_DATA: Final = Price(
    service="VPC",
    usd=0.01,
    per=1,
    unit="GB through interface endpoints",
    source=_PRIVATELINK,
    evidence="third party",
    tiers=[(1_000 * _TERA, 0.006), (5_000 * _TERA, 0.004)],
)
WEB_REQUEST: Final = Price(
    service="CloudFront",
    usd=0.01,
    per=10_000,
    unit="ten thousand HTTPS requests in North America and Europe",
    source=_CLOUDFRONT,
    evidence="third party",
)
WEB_DATA: Final = Price(
    service="CloudFront",
    usd=0.085,
    per=1,
    unit="GB to viewers in North America and Europe",
    source=_CLOUDFRONT,
    evidence="AWS",
    tiers=[
        (10 * _TERA, 0.08),
        (50 * _TERA, 0.06),
        (150 * _TERA, 0.04),
        (500 * _TERA, 0.03),
        (1_024 * _TERA, 0.025),
        (5_120 * _TERA, 0.02),
    ],
)
FILES: Final = Price(
    service="S3",
    usd=0.023,
    per=1,
    unit="GB in S3 Standard a month",
    source="https://aws.amazon.com/s3/pricing/",
    evidence="third party",
)
REPLICATED_WRITE: Final = Price(
    service="DynamoDB",
    usd=0.625,
    per=MILLION,
    unit="million replicated write request units of a global table, in each region",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
    "global-tables-billing.html",
    evidence="third party",
)
REPLICATED_DATA: Final = Price(
    service="DynamoDB",
    usd=0.02,
    per=1,
    unit="GB from one region to another",
    source=_DYNAMODB,
    evidence="unconfirmed",
)
HEALTH_CHECK: Final = Price(
    service="Route 53",
    usd=0.50,
    per=1,
    unit="health check of an AWS endpoint, or of an alarm, a month",
    source=_ROUTE53,
    evidence="third party",
)

# What stacks use and do not create.
SECRET: Final = Price(
    service="Secrets Manager",
    usd=0.40,
    per=1,
    unit="secret a month",
    source="https://aws.amazon.com/secrets-manager/pricing/",
    evidence="third party",
)
HOSTED_ZONE: Final = Price(
    service="Route 53",
    usd=0.50,
    per=1,
    unit="hosted zone a month, of the first 25",
    source=_ROUTE53,
    evidence="third party",
)
