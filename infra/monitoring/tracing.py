"""X-Ray sampling: the share of requests that is traced."""

import hashlib
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

# https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
_LONGEST_NAME: Final = 32

# In the middle of what X-Ray takes, 1 to 9999, so that an operator's own rules can come before or after.
_PRIORITY: Final = 5000


@dataclass(frozen=True, kw_only=True)
class TracingArgs:
    """How many requests of a hundred are traced."""

    sampling_percent: int


class Tracing(pulumi.ComponentResource):
    """One sampling rule for everything in the stack that decides about traces.

    API Gateway applies it to the requests of a REST API, and functions follow that decision. For an invocation without
    one, which is each of an HTTP API and of the stream, AWS documents a fixed rate (docs/configuration.md#traces).
    """

    def __init__(
        self, name: str, args: TracingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Tracing", name, None, opts)
        stack = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        rule = aws.xray.SamplingRule(
            f"{name}-sampling-rule",
            rule_name=rule_name(stack),
            # `shop-dev-*` fits the names of a stack `shop-dev-2` as well, whose own rule has to come first.
            priority=_PRIORITY - len(stack),
            # A share alone. With a reservoir, a stack with little traffic would trace everything.
            reservoir_size=0,
            fixed_rate=args.sampling_percent / 100,
            # A function has its own name here, the stage of a REST API `<API>/<stage>`.
            service_name=f"{stack}-*",
            service_type="*",
            resource_arn="*",
            host="*",
            http_method="*",
            url_path="*",
            version=1,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"samplingRuleName": rule.rule_name})


def rule_name(stack: str) -> str:
    """Return a name that X-Ray takes: of a long one its beginning, and a digest of all of it."""
    if len(stack) <= _LONGEST_NAME:
        return stack
    digest = hashlib.sha256(stack.encode()).hexdigest()[:8]
    return f"{stack[: _LONGEST_NAME - len(digest) - 1]}-{digest}"
