"""X-Ray sampling: the share of requests that is traced."""

import hashlib
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

# https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
_LONGEST_NAME: Final = 32
_DIGEST_LENGTH: Final = 8

# What remains of the start of a longer name.
KEPT_LENGTH: Final = _LONGEST_NAME - 1 - _DIGEST_LENGTH

# In the middle of 1 to 9999, so that an operator's own rules can come before or after.
_PRIORITY: Final = 5000


@dataclass(frozen=True, kw_only=True)
class TracingArgs:
    """The percentage of requests that is traced."""

    sampling_percent: int


class Tracing(pulumi.ComponentResource):
    """A sampling rule for the functions and the REST API's stage.

    API Gateway samples the requests of a REST API, and functions follow its decision. Invocations
    by an HTTP API and by the stream have none; for these AWS documents a fixed rate
    (docs/configuration.md#traces).
    """

    def __init__(
        self, name: str, args: TracingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Tracing", name, None, opts)
        stack = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        rule = aws.xray.SamplingRule(
            f"{name}-sampling-rule",
            rule_name=rule_name(stack),
            # `shop-dev-*` matches a stack `shop-dev-2` too, whose own rule has to come first.
            priority=_PRIORITY - len(stack),
            # With a reservoir, a stack with little traffic would trace every request.
            reservoir_size=0,
            fixed_rate=args.sampling_percent / 100,
            # The name of a function, or `<API>/<stage>` of a REST API.
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
    """Return a name for the rule; a long one is shortened, with a digest."""
    if len(stack) <= _LONGEST_NAME:
        return stack
    digest = hashlib.sha256(stack.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{stack[:KEPT_LENGTH]}-{digest}"
