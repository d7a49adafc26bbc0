"""The parts of a REST API, of which a deployment takes a copy: a change reaches clients with the next one only."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

_Resource = TypeVar("_Resource", bound=pulumi.Resource)


class Parts:
    """Creates the parts, and tells when there has to be another deployment.

    A deployment has to follow every part, and to be made anew when any of them changes. What is known of the parts
    before they are created says whether they do, so that a preview shows it.
    """

    def __init__(self, name: str, parent: pulumi.Resource) -> None:
        self._name = name
        self._child = pulumi.ResourceOptions(parent=parent)
        self._known: dict[str, Any] = {}
        self.resources: list[pulumi.Resource] = []

    def add(
        self, kind: Callable[..., _Resource], suffix: str, *, stands_for: str = "", **arguments: Any
    ) -> _Resource:
        """Create a part.

        Args:
            kind: The class of the resource.
            suffix: What its name ends with.
            stands_for: What decides about arguments that only AWS knows.
            arguments: The resource's.
        """
        resource = kind(f"{self._name}-{suffix}", **arguments, opts=self._child)
        self._known[suffix] = [stands_for, _known(arguments)]
        self.resources.append(resource)
        return resource

    def follow(self, resource: pulumi.Resource) -> None:
        """Let the deployment wait for something that is no part of it."""
        self.resources.append(resource)

    def digest(self) -> str:
        """Return what differs as soon as a part does."""
        return hashlib.sha256(json.dumps(self._known, sort_keys=True).encode()).hexdigest()


def _known(value: Any) -> Any:
    """Leave out what AWS tells once a part is there; JSON refuses whatever else it could not write the same twice."""
    if isinstance(value, Mapping):
        return {
            key: _known(item) for key, item in value.items() if not isinstance(item, pulumi.Output)
        }
    return value
