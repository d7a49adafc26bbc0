"""A Lambda function done right: its own role, log group, bundle, tracing, and a published version behind an alias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from handlers.common.contract import ALIAS
from infra.encryption import Encryption
from infra.functions.bundle import ARCHITECTURE, RUNTIME, Bundler
from infra.functions.provisioned_concurrency import OnDemand, Start
from infra.naming import LONGEST_REGION, LONGEST_ROLE, function_log, globally_named, named
from infra.vpc.network import LambdaNetwork, Placement

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

# X-Ray has no resources to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
_TRACE: Final = {
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What the stack decides for all of its functions alike, and for single ones by the names of their packages."""

    bundler: Bundler
    encryption: Encryption
    tracing: bool = True
    memory_mb: Mapping[str, int | None] = field(default_factory=dict)
    log_level: str = "INFO"
    log_retention_days: int = 7
    reserved_concurrency: Mapping[str, int | None] = field(default_factory=dict)
    maximum_concurrency: Mapping[str, int | None] = field(default_factory=dict)
    """Of functions that consume a queue: how many batches they work on at once."""

    starts: Mapping[str, Start] = field(default_factory=dict)
    placement: Placement = field(default_factory=LambdaNetwork)


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """One function: `package` is its folder below `handlers/`, and its name."""

    package: str
    description: str
    memory_mb: int
    timeout_seconds: int
    environment: Mapping[str, pulumi.Input[str]]
    settings: FunctionSettings
    failure_metric: str | None = None
    """The handler's own count of what failed without the invocation failing, requests or messages."""

    success_metrics: Sequence[str] = ()
    """Of a function behind a queue: the handler's own counts of the messages that it handled without a failure."""

    def __post_init__(self) -> None:
        """Refuse what Lambda would refuse, before anything is created."""
        if not 128 <= self.memory_mb <= 10240:  # noqa: PLR2004 - Lambda's own limits
            raise ValueError(
                f"memory_mb of function '{self.package}' is {self.memory_mb}; 128 to 10240 are allowed"
            )
        if not 1 <= self.timeout_seconds <= 900:  # noqa: PLR2004 - as above
            raise ValueError(
                f"timeout_seconds of function '{self.package}' is {self.timeout_seconds}; 1 to 900 are allowed"
            )


class Function(pulumi.ComponentResource):
    """A Lambda function, invoked through its `live` alias only."""

    name: pulumi.Output[str]
    """The deployed name, which is also what metrics are listed under."""

    arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    alias: aws.lambda_.Alias

    def __init__(
        self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Function", name, None, opts)
        _check_role_name(named(args.package))
        self.package = args.package
        self.timeout_seconds = args.timeout_seconds
        self.failure_metric = args.failure_metric
        self.success_metrics = args.success_metrics
        self.maximum_concurrency = args.settings.maximum_concurrency.get(args.package)
        self.reserved_concurrency = args.settings.reserved_concurrency.get(args.package)
        self._name = name

        start = args.settings.starts.get(args.package, OnDemand())
        log_group = self._log_group(args)
        self._role = self._create_role(args)
        policies = self._allow_to_run(args, log_group)
        self._function = self._create_function(args, log_group, start, after=policies)
        self.alias = aws.lambda_.Alias(
            f"{name}-{ALIAS}",
            name=ALIAS,
            function_name=self._function.name,
            function_version=self._function.version,
            opts=pulumi.ResourceOptions(parent=self),
        )
        start.keep_ready(name, self.alias, self)
        self.name = self._function.name
        self.arn = self._function.arn
        self.log_group_name = log_group.name
        self.register_outputs({"name": self.name, "aliasArn": self.alias.arn})

    def allow(
        self, purpose: str, statements: Sequence[Mapping[str, Any]], *, owner: pulumi.Resource
    ) -> pulumi.Resource:
        """Let the function do more; called by the component that creates the named resources, their `owner`.

        Each statement holds `Action` and `Resource`, and may hold `Condition`.
        """
        return aws.iam.RolePolicy(
            f"{self._name}-{purpose}",
            role=self._role.name,
            name=purpose,
            policy=pulumi.Output.json_dumps(_document(statements)),
            # Under another role the same name is free: the function has no moment without the permission.
            opts=pulumi.ResourceOptions(parent=owner, delete_before_replace=False),
        )

    def _log_group(self, args: FunctionArgs) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=function_log(args.package),
            retention_in_days=args.settings.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
            **args.settings.encryption.log_group_args(),
        )

    def _create_role(self, args: FunctionArgs) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-role",
            # IAM has no regions: the same stack in another region has roles of its own.
            name=globally_named(args.package),
            description=f"What the function {named(args.package)} may do",
            assume_role_policy=pulumi.Output.json_dumps(_ASSUME_ROLE),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow_to_run(
        self, args: FunctionArgs, log_group: aws.cloudwatch.LogGroup
    ) -> list[pulumi.Resource]:
        """Allow what every function needs: to be observed, and to be where it runs."""
        write_logs = {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": pulumi.Output.concat(log_group.arn, ":log-stream:*"),
        }
        observe: list[Mapping[str, Any]] = [
            write_logs,
            *([_TRACE] if args.settings.tracing else []),
        ]
        purposes = {"observe": observe, **args.settings.placement.policies()}
        return [
            self.allow(purpose, statements, owner=self) for purpose, statements in purposes.items()
        ]

    def _create_function(
        self,
        args: FunctionArgs,
        log_group: aws.cloudwatch.LogGroup,
        start: Start,
        *,
        after: Sequence[pulumi.Resource],
    ) -> aws.lambda_.Function:
        every = {
            "ENVIRONMENT": pulumi.get_stack(),
            "POWERTOOLS_LOG_LEVEL": args.settings.log_level,
            "POWERTOOLS_METRICS_NAMESPACE": pulumi.get_project(),
        }
        return aws.lambda_.Function(
            f"{self._name}-function",
            name=named(args.package),
            description=args.description,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=f"handlers.{args.package}.handler.handle",
            code=pulumi.FileArchive(str(args.settings.bundler.bundle(args.package))),
            memory_size=args.settings.memory_mb.get(args.package) or args.memory_mb,
            timeout=args.timeout_seconds,
            reserved_concurrent_executions=self.reserved_concurrency,
            role=self._role.arn,
            publish=True,
            environment={"variables": {**every, **args.environment}},
            tracing_config={"mode": "Active" if args.settings.tracing else "PassThrough"},
            logging_config={"log_format": "Text", "log_group": log_group.name},
            # Without its policies the first invocations would leave no log, and it could not join a network.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*after, *args.settings.placement.first()]
            ),
            **start.function(),
            **args.settings.placement.function(),
        )


def _check_role_name(name: str) -> None:
    """Refuse a role's name that is too long for IAM in any region.

    Raises:
        ValueError: with the region, the name is too long.
    """
    allowed = LONGEST_ROLE - 1 - LONGEST_REGION
    if len(name) > allowed:
        raise ValueError(
            f"the function's name '{name}' has {len(name)} characters; {allowed} are allowed, because its role's name "
            f"ends in the region, and AWS limits that to {LONGEST_ROLE}"
        )


def _document(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", **statement} for statement in statements],
    }
