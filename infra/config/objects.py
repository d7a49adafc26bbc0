"""The configuration keys that hold an object: what belongs inside."""

from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from infra.config.values import (
    Audience,
    CertificateArn,
    Claim,
    Concurrency,
    ConsumerConcurrency,
    DomainName,
    EvaluationPeriods,
    Issuer,
    MemoryMb,
    RouteTableId,
    SubnetId,
    VpcId,
    ZoneId,
)


class ConfigObject(BaseModel):
    """An object among the configuration's values; nothing in it means that the stack does without."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, strict=True, frozen=True, extra="forbid"
    )

    @property
    def given(self) -> dict[str, object]:
        """What the stack says in it, by the names that it uses."""
        return self.model_dump(by_alias=True, exclude_defaults=True)


# Requests per second, by `gateway`.
DEFAULT_RATE_LIMITS: Final = {"http": 1000, "rest": 100}


class Throttling(ConfigObject):
    """The steady-state rate in requests per second, and the burst, by default twice the rate."""

    rate_limit: int | None = Field(default=None, ge=1)
    burst_limit: int | None = Field(default=None, ge=1)


class Jwt(ConfigObject):
    """Whose tokens the API takes, for whom they have to be, and the claim that is the customer's ID."""

    issuer: Issuer | None = None
    audiences: list[Audience] = Field(default=[])
    customer_claim: Claim = "sub"


class ReservedConcurrency(ConfigObject):
    """Executions that are reserved for each function, and allowed to it; without a number it takes from the account's.

    Nothing is reserved by default: what is reserved is missing to everything else in the account, and AWS refuses what
    would leave fewer than 100 (docs/adr/0032).
    """

    orders: Concurrency | None = None
    intake: Concurrency | None = None
    processor: ConsumerConcurrency | None = None
    lookup: Concurrency | None = None
    relay: Concurrency | None = None
    email: ConsumerConcurrency | None = None
    audit: ConsumerConcurrency | None = None


class MaximumConcurrency(ConfigObject):
    """How many batches of a queue its consumer works on at once; the program's own value where none is given.

    It is a setting of the event source mapping, and takes nothing from the account.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    """

    processor: ConsumerConcurrency | None = None
    email: ConsumerConcurrency | None = None
    audit: ConsumerConcurrency | None = None


class Memory(ConfigObject):
    """The memory of each function in MB, which decides its CPU as well; the program's own value where none is given."""

    orders: MemoryMb | None = None
    intake: MemoryMb | None = None
    processor: MemoryMb | None = None
    lookup: MemoryMb | None = None
    relay: MemoryMb | None = None
    email: MemoryMb | None = None
    audit: MemoryMb | None = None


class Provisioned(ConfigObject):
    """How many execution environments of a function are kept warm: at least, at most, and how busy they may be."""

    min: Concurrency
    max: Concurrency
    # The bounds that AWS's CDK sets: near 0 or 1, the scaling would never come to rest, or never start.
    target_utilization: Annotated[float, Field(ge=0.1, le=0.9)] = 0.7


class ProvisionedConcurrency(ConfigObject):
    """Functions that clients wait for, and the execution environments that are kept warm for each."""

    orders: Provisioned | None = None
    intake: Provisioned | None = None
    lookup: Provisioned | None = None


class Alarms(ConfigObject):
    """The traffic below which alarms see no share, the datapoints that they need, and what is an unusual volume."""

    minimum_invocations: Annotated[int, Field(ge=1)] = 20
    minimum_messages: Annotated[int, Field(ge=1)] = 20
    minimum_requests: Annotated[int, Field(ge=1)] = 20
    evaluation_periods: EvaluationPeriods = 3
    datapoints_to_alarm: EvaluationPeriods = 2
    requests_per_hour: Annotated[int, Field(ge=1)] = 100_000
    emails_per_hour: Annotated[int, Field(ge=1)] = 2_000


class Domain(ConfigObject):
    """A host name of the stack's own, its certificate in the stack's region, and the zone that points to it."""

    name: DomainName | None = None
    certificate_arn: CertificateArn | None = None
    hosted_zone_id: ZoneId | None = None


class Vpc(ConfigObject):
    """The network that functions run in; without endpoints of its own the program relies on those that exist."""

    vpc_id: VpcId | None = None
    subnet_ids: list[SubnetId] = Field(default=[])
    route_table_ids: list[RouteTableId] = Field(default=[])
    create_endpoints: bool = True
