"""SES identities, configuration sets and their event destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, capitalise, capitalise_inputs, tag_list

if TYPE_CHECKING:
    from local.adapters.base import Target

_IDENTITY = {"emailIdentity", "configurationSetName", "dkimSigningAttributes"}
_SET = {"configurationSetName", "deliveryOptions", "reputationOptions", "sendingOptions"}
_DESTINATION = {"configurationSetName", "eventDestinationName", "eventDestination"}


def _identity(target: Target, inputs: Inputs) -> Created:
    name = inputs["emailIdentity"]
    identity = target.client("sesv2").create_email_identity(
        Tags=tag_list(inputs), **capitalise_inputs(inputs, _IDENTITY)
    )
    dkim = identity["DkimAttributes"]
    outputs = {
        "signingAttributesOrigin": dkim.get("SigningAttributesOrigin"),
        "status": dkim.get("Status"),
        "tokens": dkim.get("Tokens"),  # names of the DNS records that the owner publishes
    }
    return Created(
        name,
        {
            "arn": target.arn("ses", f"identity/{name}"),
            "dkimSigningAttributes": {**(inputs.get("dkimSigningAttributes") or {}), **outputs},
            "identityType": identity["IdentityType"],
            "verifiedForSendingStatus": identity["VerifiedForSendingStatus"],
        },
    )


def _configuration_set(target: Target, inputs: Inputs) -> Created:
    name = inputs["configurationSetName"]
    target.client("sesv2").create_configuration_set(
        Tags=tag_list(inputs), **capitalise_inputs(inputs, _SET)
    )
    return Created(name, {"arn": target.arn("ses", f"configuration-set/{name}")})


def _event_destination(target: Target, inputs: Inputs) -> Created:
    arguments = capitalise({name: inputs[name] for name in _DESTINATION})
    target.client("sesv2").create_configuration_set_event_destination(**arguments)
    return Created(f"{inputs['configurationSetName']}|{inputs['eventDestinationName']}", {})


ADAPTERS = {
    "aws:sesv2/emailIdentity:EmailIdentity": Adapter(
        create=_identity, forwarded_inputs=frozenset(_IDENTITY) | {"tags"}, name_input=None
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": Adapter(
        create=_configuration_set, forwarded_inputs=frozenset(_SET) | {"tags"}, name_input=None
    ),
    "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": Adapter(
        create=_event_destination, forwarded_inputs=frozenset(_DESTINATION), name_input=None
    ),
}
