"""SES identities, configuration sets and their event destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.adapters.base import (
    Adapter,
    Created,
    Inputs,
    capitalise,
    capitalise_inputs,
    deletes,
    tag_list,
)

if TYPE_CHECKING:
    from local.deployment.adapters.base import Target
    from local.deployment.resources import Resource

_IDENTITY = {"emailIdentity", "configurationSetName", "dkimSigningAttributes"}
_SET = {"configurationSetName", "deliveryOptions", "reputationOptions", "sendingOptions"}
_SET_BLOCKS = {
    "deliveryOptions": "delivery",
    "reputationOptions": "reputation",
    "sendingOptions": "sending",
}
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


def _update_configuration_set(
    target: Target, configuration_set: Resource, inputs: Inputs
) -> dict[str, str]:
    client, name = target.client("sesv2"), configuration_set.id
    for block, call in _SET_BLOCKS.items():
        put = getattr(client, f"put_configuration_set_{call}_options")
        put(ConfigurationSetName=name, **capitalise(inputs.get(block) or {}))
    return configuration_set.outputs


def _event_destination(target: Target, inputs: Inputs) -> Created:
    arguments = capitalise({name: inputs[name] for name in _DESTINATION})
    target.client("sesv2").create_configuration_set_event_destination(**arguments)
    return Created(f"{inputs['configurationSetName']}|{inputs['eventDestinationName']}", {})


ADAPTERS = {
    "aws:sesv2/emailIdentity:EmailIdentity": Adapter(
        create=_identity,
        delete=deletes("sesv2", "delete_email_identity", {"id": "EmailIdentity"}),
        forwarded_inputs=frozenset(_IDENTITY) | {"tags"},
        name_input=None,
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": Adapter(
        create=_configuration_set,
        update=_update_configuration_set,
        delete=deletes("sesv2", "delete_configuration_set", {"id": "ConfigurationSetName"}),
        forwarded_inputs=frozenset(_SET) | {"tags"},
        fixed_inputs=frozenset({"configurationSetName", "tags"}),
        name_input=None,
    ),
    "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": Adapter(
        create=_event_destination,
        delete=deletes(
            "sesv2",
            "delete_configuration_set_event_destination",
            {
                "configurationSetName": "ConfigurationSetName",
                "eventDestinationName": "EventDestinationName",
            },
        ),
        forwarded_inputs=frozenset(_DESTINATION),
        name_input=None,
    ),
}
