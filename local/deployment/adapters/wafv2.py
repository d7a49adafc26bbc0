"""Web ACLs, which the emulator stores without blocking anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.adapters.base import Adapter, Created, Inputs, deletes, one_call, tag_list

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_ACL = {"name", "scope", "defaultAction", "description", "rules", "visibilityConfig"}
_ASSOCIATION = {"resourceArn": "ResourceArn", "webAclArn": "WebACLArn"}
# Names that differ from the program's in more than the first letter.
_NAMES = {"cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled"}


def _arguments(inputs: Inputs) -> dict[str, Any]:
    return dict(_capitalise({name: inputs[name] for name in _ACL if inputs.get(name) is not None}))


def _acl(target: Target, inputs: Inputs) -> Created:
    arguments = _arguments(inputs)
    if tags := tag_list(inputs):  # an empty list is refused
        arguments["Tags"] = tags
    acl = target.client("wafv2").create_web_acl(**arguments)["Summary"]
    return Created(acl["Id"], {"arn": acl["ARN"], "lockToken": acl["LockToken"]})


def _current(target: Target, acl: Resource) -> dict[str, str]:
    """Return the arguments of a change to the ACL as it is now."""
    names = {"Name": acl.inputs["name"], "Scope": acl.inputs["scope"], "Id": acl.id}
    token = target.client("wafv2").get_web_acl(**names)["LockToken"]
    return {**names, "LockToken": token}


def _update_acl(target: Target, acl: Resource, inputs: Inputs) -> dict[str, str]:
    response = target.client("wafv2").update_web_acl(
        **{**_arguments(inputs), **_current(target, acl)}
    )
    return {"arn": acl.outputs["arn"], "lockToken": response["NextLockToken"]}


def _delete_acl(target: Target, acl: Resource) -> None:
    target.client("wafv2").delete_web_acl(**_current(target, acl))


def _capitalise(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _NAMES.get(key, key[:1].upper() + key[1:]): _capitalise(item)
            for key, item in value.items()
        }
    return [_capitalise(item) for item in value] if isinstance(value, list) else value


ADAPTERS = {
    "aws:wafv2/webAcl:WebAcl": Adapter(
        create=_acl,
        update=_update_acl,
        delete=_delete_acl,
        forwarded_inputs=frozenset(_ACL) | {"tags"},
        fixed_inputs=frozenset({"name", "scope", "tags"}),
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": one_call(
        "wafv2",
        "associate_web_acl",
        _ASSOCIATION,
        id_format="{webAclArn},{resourceArn}",
        delete=deletes("wafv2", "disassociate_web_acl", {"resourceArn": "ResourceArn"}),
    ),
}
