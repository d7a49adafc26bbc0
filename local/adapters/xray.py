"""X-Ray sampling rules. The emulator has no X-Ray: a rule gets an ARN, is kept nowhere, and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs

if TYPE_CHECKING:
    from local.adapters.base import Target

_RULE = {
    "attributes", "fixedRate", "host", "httpMethod", "priority", "reservoirSize", "resourceArn", "serviceName",
    "serviceType", "tags", "urlPath", "version",
}  # fmt: skip


def _sampling_rule(target: Target, inputs: Inputs) -> Created:
    """Give a rule an identity and nothing else."""
    name = inputs["ruleName"]
    return Created(name, {"arn": target.arn("xray", f"sampling-rule/{name}")})


ADAPTERS = {
    "aws:xray/samplingRule:SamplingRule": Adapter(
        create=_sampling_rule,
        passes=frozenset({"ruleName"}),
        no_meaning_locally=dict.fromkeys(_RULE, "The emulator traces nothing."),
        named_by="ruleName",
    ),
}
