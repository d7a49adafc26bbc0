"""E-mail identities, and what becomes of the mail that they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, blocks, pascal, renamed, tag_list

if TYPE_CHECKING:
    from local.adapters.base import Target

_IDENTITY = {"emailIdentity": "EmailIdentity", "configurationSetName": "ConfigurationSetName"}
_DKIM = {"domainSigningPrivateKey", "domainSigningSelector", "nextSigningKeyLength"}
_SET = {
    "configurationSetName", "deliveryOptions", "reputationOptions", "sendingOptions", "suppressionOptions",
    "trackingOptions", "vdmOptions",
}  # fmt: skip
_DESTINATION = {"configurationSetName", "eventDestinationName", "eventDestination"}


def _identity(target: Target, inputs: Inputs) -> Created:
    name, arguments = inputs["emailIdentity"], renamed(inputs, _IDENTITY)
    if dkim := inputs.get("dkimSigningAttributes"):
        arguments["DkimSigningAttributes"] = blocks(dkim, _DKIM)
    answer = target.client("sesv2").create_email_identity(Tags=tag_list(inputs), **arguments)
    return Created(
        name,
        {
            "arn": target.arn("ses", f"identity/{name}"),
            "dkimSigningAttributes": _dkim(inputs, answer["DkimAttributes"]),
            "identityType": answer["IdentityType"],
            "verificationStatus": "SUCCESS" if answer["VerifiedForSendingStatus"] else "PENDING",
            "verifiedForSendingStatus": answer["VerifiedForSendingStatus"],
        },
    )


def _dkim(inputs: Inputs, attributes: dict[str, object]) -> dict[str, object]:
    """What the domain's owner has to publish: the tokens are names of DNS records."""
    names = {
        "SigningAttributesOrigin": "signingAttributesOrigin",
        "Status": "status",
        "Tokens": "tokens",
    }
    return {**(inputs.get("dkimSigningAttributes") or {}), **renamed(attributes, names)}


def _configuration_set(target: Target, inputs: Inputs) -> Created:
    name = inputs["configurationSetName"]
    target.client("sesv2").create_configuration_set(Tags=tag_list(inputs), **blocks(inputs, _SET))
    return Created(name, {"arn": target.arn("ses", f"configuration-set/{name}")})


def _event_destination(target: Target, inputs: Inputs) -> Created:
    arguments = pascal({name: inputs[name] for name in _DESTINATION})
    target.client("sesv2").create_configuration_set_event_destination(**arguments)
    return Created(f"{inputs['configurationSetName']}|{inputs['eventDestinationName']}", {})


ADAPTERS = {
    "aws:sesv2/emailIdentity:EmailIdentity": Adapter(
        create=_identity,
        passes=frozenset(_IDENTITY) | {"dkimSigningAttributes", "tags"},
        named_by=None,
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": Adapter(
        create=_configuration_set, passes=frozenset(_SET) | {"tags"}, named_by=None
    ),
    "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": Adapter(
        create=_event_destination, passes=frozenset(_DESTINATION), named_by=None
    ),
}
