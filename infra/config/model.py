"""The configuration model: every key with its type, its default and its description."""

from typing import Annotated, Literal

from pydantic import Field

from handlers.common.contract import function_names
from infra.config.objects import (
    DEFAULT_MAX_CONCURRENCY,
    DEFAULT_MEMORY_MB,
    Absent,
    Alarms,
    Alerts,
    Canary,
    ConfigObject,
    Domain,
    Jwt,
    Provisioned,
    Relay,
    Rest,
    Smtp,
    Throttling,
    Vpc,
    Warnings,
    defaults_by_name,
)
from infra.config.values import (
    MAX_CONSUMER_CONCURRENCY,
    MIN_CONSUMER_CONCURRENCY,
    ApiFunctionName,
    ClientName,
    Concurrency,
    ConfirmationsPerHour,
    ConsumerConcurrency,
    ConsumerName,
    EmailAddress,
    FunctionName,
    MemoryMb,
    OrderRetentionDays,
    Origins,
    PermissionsBoundary,
    RetentionDays,
    SesIdentity,
    UniqueList,
)


class StackConfig(ConfigObject):
    """A stack's configuration."""

    # API and ingestion
    gateway: Literal["http", "rest"] = Field(
        default="http",
        description="The API Gateway type. A REST API has API keys, request validation, IP ranges "
        "and AWS WAF.",
    )
    ingestion: Literal["direct", "queued"] = Field(
        default="direct",
        description="How orders are stored: before the response (200), or from a queue after it "
        "(202).",
    )
    auth: Literal["none", "apiKey", "jwt", "iam"] = Field(
        default="none",
        description="Who may call the API: everybody, API keys (`rest` only), JSON web tokens "
        "(`http` only), or IAM signatures. Orders can be read with every value but `none`.",
    )
    api_keys: UniqueList[ClientName] = Field(
        default=[],
        description="Names of clients that get an API key: lower-case letters, digits and hyphens, "
        "up to 63. Required with `auth: apiKey`, refused without.",
    )
    jwt: Annotated[Jwt | None, Absent] = Field(
        default=None,
        description="JSON web tokens that the API accepts. Required with `auth: jwt`, refused "
        "without.",
    )
    cors_origins: Origins = Field(
        default=["*"],
        description="CORS origins, such as `https://shop.example.com`, whose pages may call the "
        "API; `*` alone allows all, `[]` none. With `storefront` its own origin is allowed too, "
        "and `*` is ignored.",
    )
    storefront: bool = Field(
        default=False,
        description="Whether CloudFront serves the order form (`web/`). With `auth: none` or `jwt` "
        "only.",
    )
    throttling: Throttling = Field(default=Throttling(), description="Limits for all requests.")
    rest: Rest = Field(
        default=Rest(), description="Settings of REST APIs. With `gateway: rest` only."
    )
    domain: Annotated[Domain | None, Absent] = Field(
        default=None,
        description="A custom domain name; the default endpoint is disabled.",
    )

    # Orders
    contact: Literal["required", "optional"] = Field(
        default="required",
        description="Whether an order needs `customerName` and `customerEmail`; without an email "
        "address there is no confirmation.",
    )
    order_retention_days: OrderRetentionDays = Field(
        default=90,
        description="Days until an order expires; with `ingestion: queued` more than it can wait "
        "in queues.",
    )
    encryption: Literal["aws", "customer"] = Field(
        default="aws",
        description="The keys that encrypt tables, queues, topics and logs: those of AWS, or a "
        "customer managed key of the stack.",
    )
    deletion_protection: bool = Field(
        default=False,
        description="Whether AWS and Pulumi refuse to delete the tables and the customer managed "
        "key, and Pulumi the storefront's distribution, whose domain name would be lost.",
    )
    permissions_boundary: PermissionsBoundary = Field(
        default="",
        description="The ARN of the permissions boundary of the stack's roles, which a deploy role "
        "of `bootstrap/` requires.",
    )
    contributor_insights: bool = Field(
        default=False,
        description="CloudWatch Contributor Insights for the tables: their most used keys.",
    )

    # Email
    email_from: EmailAddress = Field(
        description="The sender of confirmations, without a display name: verified in SES, or "
        "known to the SMTP server.",
    )
    email_identity: SesIdentity = Field(
        default="existing",
        description="The sender's SES identity: existing, or created for the address or its "
        "domain. Not with `smtp`.",
    )
    smtp: Annotated[Smtp | None, Absent] = Field(
        default=None, description="An SMTP server that sends the confirmations instead of SES."
    )
    confirmations_per_hour: ConfirmationsPerHour = Field(
        default=20,
        description="Confirmations that one recipient gets within an hour; more are not sent.",
    )

    # Functions
    memory: dict[FunctionName, MemoryMb] = Field(
        default={},
        description="Memory in MB; CPU grows with it. Default: "
        f"{defaults_by_name(DEFAULT_MEMORY_MB)}.",
    )
    reserved_concurrency: dict[FunctionName, Concurrency] = Field(
        default={},
        description="Reserved concurrency. AWS keeps 100 of the account's executions unreserved; "
        f"consumers of a queue need {MIN_CONSUMER_CONCURRENCY} to {MAX_CONSUMER_CONCURRENCY}.",
    )
    maximum_concurrency: dict[ConsumerName, ConsumerConcurrency] = Field(
        default={},
        description="Maximum concurrency of a queue's event source mapping, up to the reserved "
        "concurrency. Default: the reserved one, or "
        f"{defaults_by_name(DEFAULT_MAX_CONCURRENCY)}.",
    )
    relay: Relay = Field(
        default=Relay(), description="How the relay reads the stream of the orders table."
    )
    provisioned_concurrency: dict[ApiFunctionName, Provisioned] = Field(
        default={},
        description="Provisioned concurrency with target tracking. Not with `snapStart`.",
    )
    snap_start: bool = Field(
        default=False,
        description="Whether `orders`, `intake` and `lookup` start from a snapshot. Not with "
        "`provisionedConcurrency`.",
    )
    vpc: Annotated[Vpc | None, Absent] = Field(
        default=None, description="The VPC in which the functions run."
    )
    canary: Annotated[Canary | None, Absent] = Field(
        default=None,
        description="New versions get traffic in steps, with `make deploy` (`docs/canary.md`); "
        "without it, `pulumi up` gives them all. Not with `provisionedConcurrency`.",
    )

    # Monitoring
    monitoring: Literal["full", "essential", "none"] = Field(
        default="full",
        description="All alarms, dashboards and metrics by route, only alarms about lost and "
        "refused orders, or none.",
    )
    alarms: Alarms = Field(default=Alarms(), description="Thresholds of alarms.")
    alerts: Alerts = Field(default=Alerts(), description="Receivers of critical alarms.")
    warnings: Warnings = Field(
        default=Warnings(), description="Receivers of warnings, which `monitoring: full` has."
    )
    trace_sampling: Annotated[int, Field(ge=0, le=100)] = Field(
        default=5, description="The percentage of requests that X-Ray traces; 0 disables tracing."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least severe level that functions log."
    )
    log_retention_days: RetentionDays = Field(
        default=7,
        description="Days for which logs are kept; a value of CloudWatch Logs, such as 1, 7, 14, "
        "30, 90 or 365.",
    )

    @classmethod
    def keys(cls) -> list[str]:
        """Return the names of all keys, as `pulumi config set` takes them."""
        return [str(field.alias) for field in cls.model_fields.values()]

    @property
    def tracing(self) -> bool:
        """Whether X-Ray traces requests."""
        return self.trace_sampling > 0

    @property
    def function_names(self) -> frozenset[str]:
        """The functions that the stack has, by the names of their packages."""
        return function_names(ingestion=self.ingestion, auth=self.auth)
