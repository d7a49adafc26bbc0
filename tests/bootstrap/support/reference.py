"""The service authorization reference: access levels and resource types of actions.

`service_authorization.json` holds the actions that the policies name. `*` marks a required type.
API Gateway has two pages in the reference, with the same actions and types of the same names, so
that these actions have `any` type of the service. `route53:ChangeTagsForResource` requires both of
its types there, but a request has one of them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE: Final = Path(__file__).with_name("service_authorization.json")
_REFERENCE: Final = json.loads(_FILE.read_text(encoding="utf-8"))
_ANY: Final = "any"

# What the reference does not list, but AWS's refusals name.
# https://github.com/cloudtools/awacs/issues/254
UNLISTED: Final = {"apigateway:TagResource", "apigateway:UntagResource"}

LISTED: Final = frozenset(_REFERENCE["actions"])


# Texts that `*` can stand for: a name, a path, and parts of the ARNs of some services.
_WILDCARDS: Final = (
    *("a", "a/b", "a/b/c", "a:b", "network-interface", "subnet"),
    *("a/index/b", "a/stream/b", "a:log-stream:b"),
)


class ResourceType(NamedTuple):
    """A type of resources that an action has."""

    arn: re.Pattern[str]
    required: bool

    def covers(self, pattern: str) -> bool:
        """Whether a pattern, such as `table/order-processing-dev-*`, matches an ARN of the type."""
        return any(self.arn.fullmatch(pattern.replace("*", text)) for text in _WILDCARDS)


def level(action: str) -> str:
    """The access level of an action, such as `Read`."""
    return str(_REFERENCE["actions"][action][0])


def resource_types(action: str) -> list[ResourceType]:
    """The resource types of an action; none if it takes `*` alone."""
    return list(_types(action))


def _types(action: str) -> Iterator[ResourceType]:
    service = action.partition(":")[0]
    for name in _REFERENCE["actions"][action][1:]:
        if name == _ANY:
            keys = [key for key in _REFERENCE["types"] if key.startswith(f"{service}/")]
        else:
            keys = [f"{service}/{name.removesuffix('*')}"]
        for key in keys:
            yield ResourceType(_pattern(_REFERENCE["types"][key]), name.endswith("*"))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\$\{\w+\}", template)
    return re.compile("[^ ]+".join(map(re.escape, parts)))
