"""The AWS resources of a deployed stack, as the deployer records them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class File:
    """A file among the inputs, such as a bundle; equal where the content is."""

    path: str = field(compare=False)
    digest: str


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


def file_at(path: str) -> File:
    """Return a file with its digest, which is empty where there is no file."""
    file = Path(path)
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
    return File(path, digest)
