"""Web ACLs, which the emulator stores without blocking anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, one_call, tag_list

if TYPE_CHECKING:
    from local.adapters.base import Target

_ACL = {"name", "scope", "defaultAction", "description", "rules", "visibilityConfig"}
_ASSOCIATION = {"resourceArn": "ResourceArn", "webAclArn": "WebACLArn"}
# Names that differ from the program's in more than the first letter.
_NAMES = {"cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled"}


def _acl(target: Target, inputs: Inputs) -> Created:
    arguments = _capitalise({name: inputs[name] for name in _ACL if inputs.get(name) is not None})
    if tags := tag_list(inputs):  # an empty list is refused
        arguments["Tags"] = tags
    acl = target.client("wafv2").create_web_acl(**arguments)["Summary"]
    return Created(acl["Id"], {"arn": acl["ARN"], "lockToken": acl["LockToken"]})


def _capitalise(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _NAMES.get(key, key[:1].upper() + key[1:]): _capitalise(item)
            for key, item in value.items()
        }
    return [_capitalise(item) for item in value] if isinstance(value, list) else value


ADAPTERS = {
    "aws:wafv2/webAcl:WebAcl": Adapter(create=_acl, forwarded_inputs=frozenset(_ACL) | {"tags"}),
    "aws:wafv2/webAclAssociation:WebAclAssociation": one_call(
        "wafv2", "associate_web_acl", _ASSOCIATION, id_format="{webAclArn},{resourceArn}"
    ),
}
