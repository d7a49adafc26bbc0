"""A Lambda function with its own role, log group, bundle and tracing, published behind an alias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

from handlers.common.contract import ALIAS
from infra.functions.bundle import ARCHITECTURE, RUNTIME, Bundler
from infra.functions.provisioned_concurrency import Provisioned, provision
from infra.naming import (
    LONGEST_REGION,
    LONGEST_ROLE,
    function_log_group_name,
    global_resource_name,
    resource_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.encryption import Encryption
    from infra.vpc.network import Network

_ASSUME_ROLE: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        },
    ],
}

# X-Ray has no resource types.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
_TRACE: Final = {
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}


# A snapshot is taken after the imports of a published version; every environment starts from it.
# Handlers create unique values and connections in `handle`, after the snapshot.
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
_SNAP_START: Final[aws.lambda_.FunctionSnapStartArgsDict] = {"apply_on": "PublishedVersions"}

# Inputs of an alias that an update leaves as they are, if a release moves it.
_MOVED_BY_A_RELEASE: Final = ["functionVersion", "routingConfig"]

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_TIMEOUT_SECONDS: Final = range(1, 900 + 1)


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What the stack decides for all functions, and by name: memory for each function.

    `snap_start` applies to functions that are invoked synchronously.
    """

    bundler: Bundler
    encryption: Encryption
    vpc: Network | None
    tracing: bool
    memory_mb: Mapping[str, int]
    log_level: str
    log_retention_days: int
    reserved_concurrency: Mapping[str, int]
    maximum_concurrency: Mapping[str, int]
    """Of the event source mapping of each consumer of a queue: batches processed at once."""

    provisioned: Mapping[str, Provisioned]
    snap_start: bool
    canary: bool
    """Whether `python -m release` moves the aliases instead of Pulumi (docs/adr/0049)."""


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """One function: `package` is its folder in `handlers/`, and its name."""

    package: str
    description: str
    timeout_seconds: int
    environment: Mapping[str, pulumi.Input[str]]
    settings: FunctionSettings
    synchronous: bool = False
    """Whether a client waits for the response."""

    failure_metric: str | None = None
    """The handler's metric for failed requests or messages, where the invocation does not fail."""

    success_metrics: Sequence[str] = ()
    """The handler's metrics for processed messages, if it consumes a queue."""

    def __post_init__(self) -> None:
        """Check the timeout before anything is created.

        Raises:
            ValueError: Lambda does not allow it.
        """
        if self.timeout_seconds not in _TIMEOUT_SECONDS:
            raise ValueError(
                f"timeout_seconds of function '{self.package}' is {self.timeout_seconds}; "
                f"{_TIMEOUT_SECONDS[0]} to {_TIMEOUT_SECONDS[-1]} are allowed"
            )


class Function(pulumi.ComponentResource):
    """A Lambda function that is invoked through its alias `live` only."""

    name: pulumi.Output[str]
    """The deployed name, which is also the metrics' dimension FunctionName."""

    arn: pulumi.Output[str]
    version: pulumi.Output[str]
    """The last published version, to which the alias points at once only without `canary`."""

    log_group_name: pulumi.Output[str]
    alias: aws.lambda_.Alias

    def __init__(
        self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Function", name, None, opts)
        _check_role_name(resource_name(args.package))
        settings = args.settings
        self.package = args.package
        self.timeout_seconds = args.timeout_seconds
        self.synchronous = args.synchronous
        self.failure_metric = args.failure_metric
        self.success_metrics = args.success_metrics
        self._name = name

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=function_log_group_name(args.package),
            retention_in_days=settings.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
            **settings.encryption.log_group_args(),
        )
        self._role = aws.iam.Role(
            f"{name}-role",
            # IAM has no regions: the same stack in another region has roles of its own.
            name=global_resource_name(args.package),
            description=f"Execution role of the function {resource_name(args.package)}",
            assume_role_policy=pulumi.Output.json_dumps(_ASSUME_ROLE),
            opts=pulumi.ResourceOptions(parent=self),
        )
        write_logs = {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": pulumi.Output.concat(log_group.arn, ":log-stream:*"),
        }
        # Without these the first invocations would have no logs, or could not join the VPC.
        trace = [_TRACE] if _is_traced(args) else []
        dependencies = [self.allow("observe", [write_logs, *trace], owner=self)]
        if vpc := settings.vpc:
            join = self.allow("join-network", vpc.interface_statements(), owner=self)
            dependencies += [join, *vpc.egress]
        function = self._create_function(args, log_group, dependencies)
        self.alias = aws.lambda_.Alias(
            f"{name}-{ALIAS}",
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=pulumi.ResourceOptions(
                parent=self, ignore_changes=_MOVED_BY_A_RELEASE if settings.canary else None
            ),
        )
        if provisioned := settings.provisioned.get(args.package):
            provision(name, self.alias, provisioned, self)
        self.name = function.name
        self.arn = function.arn
        self.version = function.version
        self.log_group_name = log_group.name
        self.register_outputs({"name": self.name, "aliasArn": self.alias.arn})

    def allow(
        self,
        purpose: str,
        statements: Sequence[Mapping[str, Any]],
        *,
        owner: pulumi.Resource,
        aliases: Sequence[pulumi.Alias] = (),
    ) -> pulumi.Resource:
        """Add a policy to the role; the component that creates the named resources owns it.

        Each statement has `Action` and `Resource`, and may have `Condition`.
        """
        return aws.iam.RolePolicy(
            f"{self._name}-{purpose}",
            role=self._role.name,
            name=purpose,
            policy=pulumi.Output.json_dumps(_document(statements)),
            # The name is free in a new role, so the function always has the permission.
            opts=pulumi.ResourceOptions(
                parent=owner, aliases=list(aliases), delete_before_replace=False
            ),
        )

    def _create_function(
        self,
        args: FunctionArgs,
        log_group: aws.cloudwatch.LogGroup,
        dependencies: Sequence[pulumi.Resource],
    ) -> aws.lambda_.Function:
        settings = args.settings
        common_environment = {
            "ENVIRONMENT": pulumi.get_stack(),
            "LOG_LEVEL": settings.log_level,
            "METRICS_NAMESPACE": pulumi.get_project(),
        }
        return aws.lambda_.Function(
            f"{self._name}-function",
            name=resource_name(args.package),
            description=args.description,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"handlers.{args.package}.handler.handle",
            code=pulumi.FileArchive(str(settings.bundler.bundle(args.package))),
            memory_size=settings.memory_mb[args.package],
            timeout=args.timeout_seconds,
            reserved_concurrent_executions=settings.reserved_concurrency.get(args.package),
            role=self._role.arn,
            publish=True,
            snap_start=_SNAP_START if settings.snap_start and args.synchronous else None,
            environment={"variables": {**common_environment, **args.environment}},
            tracing_config={"mode": "Active" if _is_traced(args) else "PassThrough"},
            logging_config={"log_format": "Text", "log_group": log_group.name},
            vpc_config=settings.vpc.vpc_config if settings.vpc else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(dependencies)),
        )


def _is_traced(args: FunctionArgs) -> bool:
    """Whether X-Ray records invocations: of functions that clients wait for (docs/adr/0038)."""
    return args.settings.tracing and args.synchronous


def _check_role_name(name: str) -> None:
    """Check that the role's name is short enough for IAM in every region.

    Raises:
        ValueError: with the region, the name is too long.
    """
    allowed = LONGEST_ROLE - 1 - LONGEST_REGION
    if len(name) > allowed:
        raise ValueError(
            f"the function's name '{name}' has {len(name)} characters; {allowed} are allowed, "
            "because its role's name ends in the region, and AWS limits that to "
            f"{LONGEST_ROLE}"
        )


def _document(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", **statement} for statement in statements],
    }
