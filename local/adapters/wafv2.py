"""Web ACLs. The emulator keeps them, and lets everything through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.adapters.base import Adapter, Created, Inputs, one_call, tag_list, text

if TYPE_CHECKING:
    from local.adapters.base import Target

_ACL = {
    "name", "scope", "defaultAction", "description", "rules", "visibilityConfig", "captchaConfig", "challengeConfig",
    "associationConfig", "dataProtectionConfig", "tokenDomains",
}  # fmt: skip
# Names of the API's that are more than their first letter away from the program's.
_NAMES = {
    "arn": "ARN",
    "cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled",
    "forwardedIp": "ForwardedIP",
    "forwardedIpConfig": "ForwardedIPConfig",
    "ip": "IP",
    "ipSetForwardedIpConfig": "IPSetForwardedIPConfig",
    "ipSetReferenceStatement": "IPSetReferenceStatement",
    "ja3Fingerprint": "JA3Fingerprint",
    "ja4Fingerprint": "JA4Fingerprint",
    "uriFragment": "UriFragment",
}


def _acl(target: Target, inputs: Inputs) -> Created:
    arguments = _wire({name: inputs[name] for name in _ACL if inputs.get(name) is not None})
    if rules := inputs.get("ruleJson"):  # written as the API wants it
        arguments["Rules"] = json.loads(text(rules))
    if bodies := inputs.get("customResponseBodies"):
        arguments["CustomResponseBodies"] = {
            body["key"]: _wire(_without(body, "key")) for body in bodies
        }
    if tags := tag_list(inputs):  # an empty list is refused
        arguments["Tags"] = tags
    answer = target.client("wafv2").create_web_acl(**arguments)["Summary"]
    return Created(answer["Id"], {"arn": answer["ARN"], "lockToken": answer["LockToken"]})


def _wire(value: Any) -> Any:
    """The same block in the API's names, at every depth."""
    if isinstance(value, dict):
        return {
            _NAMES.get(key, key[:1].upper() + key[1:]): _wire(item) for key, item in value.items()
        }
    return [_wire(item) for item in value] if isinstance(value, list) else value


def _without(block: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key != name}


ADAPTERS = {
    "aws:wafv2/webAcl:WebAcl": Adapter(
        create=_acl, passes=frozenset(_ACL) | {"customResponseBodies", "ruleJson", "tags"}
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": one_call(
        "wafv2",
        "associate_web_acl",
        {"resourceArn": "ResourceArn", "webAclArn": "WebACLArn"},
        identity="{webAclArn},{resourceArn}",
    ),
}
