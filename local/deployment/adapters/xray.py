"""X-Ray sampling rules, which get an ARN and are stored nowhere: the emulator has no X-Ray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.adapters.base import Adapter, Created, Inputs

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target

_RULE = (
    *("fixedRate", "host", "httpMethod", "priority", "reservoirSize", "resourceArn"),
    *("serviceName", "serviceType", "tags", "urlPath", "version"),
)


def _sampling_rule(target: Target, inputs: Inputs) -> Created:
    name = inputs["ruleName"]
    return Created(name, {"arn": target.arn("xray", f"sampling-rule/{name}")})


ADAPTERS = {
    "aws:xray/samplingRule:SamplingRule": Adapter(
        create=_sampling_rule,
        forwarded_inputs=frozenset({"ruleName"}),
        ignored_inputs=dict.fromkeys(_RULE, "The emulator traces nothing."),
        name_input="ruleName",
    ),
}
