"""The deployment trigger of a REST API, whose changes reach clients with the next deployment."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi


class DeploymentTrigger:
    """Records the resources that a deployment copies, and a hash of their inputs.

    The deployment depends on all of the resources, and is replaced when the hash changes. Only
    inputs that are known before the update count, so that a preview shows the new deployment.
    """

    def __init__(self) -> None:
        self.resources: list[pulumi.Resource] = []
        self._inputs: dict[str, Any] = {}

    def options(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of a resource to record."""
        return pulumi.ResourceOptions(parent=parent, transformations=[self._record])

    def hash(self, *unknown_inputs: Any) -> str:
        """Return the hash; `unknown_inputs` stand for inputs that only AWS knows."""
        inputs = json.dumps([self._inputs, unknown_inputs], sort_keys=True)
        return hashlib.sha256(inputs.encode()).hexdigest()

    def _record(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.resources.append(args.resource)
        self._inputs[args.name] = _known(args.props)


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _known(item)
            for key, item in value.items()
            if item is not None and not isinstance(item, pulumi.Output)
        }
    return value
