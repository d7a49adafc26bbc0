"""The AWS resources of a deployed stack, as the deployer records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One deployed AWS resource.

    Secrets are plain in `inputs` and `outputs`; mask the properties that `secret_inputs` and
    `secret_outputs` name before they are shown.
    """

    kind: str
    """The Pulumi type, such as `aws:sqs/queue:Queue`."""

    name: str
    """The logical name in the program, which is unique among the resources of a kind."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    """What the provider adds to the inputs."""

    secret_inputs: frozenset[str] = frozenset()
    secret_outputs: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the resource in its stack."""
        return self.kind, self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
