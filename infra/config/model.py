"""Every configuration key with its type and default; `Pulumi.yaml` describes them."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from handlers.common.contract import function_names
from infra.config.objects import (
    Alarms,
    Domain,
    Jwt,
    MaximumConcurrency,
    Memory,
    ProvisionedConcurrency,
    ReservedConcurrency,
    Throttling,
    Vpc,
)
from infra.config.values import (
    MANAGED_RULE_GROUPS,
    ClientName,
    ConfirmationsPerHour,
    EmailAddress,
    HostName,
    IpRange,
    OrderRetentionDays,
    Origin,
    PhoneNumber,
    RetentionDays,
    RuleGroup,
    SecretArn,
    SmtpPort,
    WafRate,
    Webhook,
)


class StackConfig(BaseModel):
    """What a stack decides, in the camelCase that `pulumi config set` takes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, strict=True, frozen=True, extra="forbid"
    )

    # What the system is.
    gateway: Literal["http", "rest"] = "http"
    ingestion: Literal["direct", "queued"] = "direct"
    auth: Literal["none", "apiKey", "jwt", "iam"] = "none"
    contact: Literal["required", "optional"] = "required"
    encryption: Literal["aws", "customer"] = "aws"

    # Who may call, and how often.
    api_keys: list[ClientName] = Field(default=[])
    jwt: Jwt = Jwt()
    cors_origins: list[Origin] = Field(default=["*"])
    throttling: Throttling = Throttling()
    allowed_ip_ranges: list[IpRange] = Field(default=[])
    waf: bool = False
    waf_rate_limit: WafRate = 2000
    waf_managed_rule_groups: list[RuleGroup] = Field(default=MANAGED_RULE_GROUPS)
    domain: Domain = Domain()

    # E-mail.
    email_from: EmailAddress
    email_transport: Literal["ses", "smtp"] = "ses"
    email_identity: Literal["existing", "address", "domain"] = "existing"
    smtp_host: HostName = ""
    smtp_port: SmtpPort = 587
    smtp_secret_arn: SecretArn = ""
    confirmations_per_hour: ConfirmationsPerHour = 20

    # What is kept.
    order_retention_days: OrderRetentionDays = 90
    deletion_protection: bool = False
    contributor_insights: bool = False

    # How functions run.
    reserved_concurrency: ReservedConcurrency = ReservedConcurrency()
    maximum_concurrency: MaximumConcurrency = MaximumConcurrency()
    provisioned_concurrency: ProvisionedConcurrency = ProvisionedConcurrency()
    memory: Memory = Memory()
    snap_start: bool = False
    vpc: Vpc = Vpc()

    # Who watches.
    monitoring: Literal["full", "essential", "none"] = "full"
    alarms: Alarms = Alarms()
    tracing: bool = True
    trace_sampling: int = Field(default=5, ge=1, le=100)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_retention_days: RetentionDays = 7
    execution_log_level: Literal["OFF", "ERROR", "INFO"] = "ERROR"
    api_gateway_account_role: bool = True
    alert_emails: list[EmailAddress] = Field(default=[])
    alert_phone_numbers: list[PhoneNumber] = Field(default=[])
    alert_webhooks: list[Webhook] = Field(default=[])
    warning_emails: list[EmailAddress] = Field(default=[])
    warning_webhooks: list[Webhook] = Field(default=[])

    bundle_dependencies: bool = True

    @classmethod
    def keys(cls) -> list[str]:
        """Return the names of all keys, as `pulumi config set` takes them."""
        return [str(field.alias) for field in cls.model_fields.values()]

    @property
    def function_names(self) -> frozenset[str]:
        """The functions that the stack has, by the names of their packages."""
        return function_names(ingestion=self.ingestion, auth=self.auth)
