"""E-mail identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.adapters.base import Adapter, Created, Inputs, renamed, tag_list

if TYPE_CHECKING:
    from local.adapters.base import Target

_IDENTITY = {"emailIdentity": "EmailIdentity", "configurationSetName": "ConfigurationSetName"}


def _identity(target: Target, inputs: Inputs) -> Created:
    name = inputs["emailIdentity"]
    answer = target.client("sesv2").create_email_identity(Tags=tag_list(inputs), **renamed(inputs, _IDENTITY))
    return Created(
        name,
        {
            "arn": target.arn("ses", f"identity/{name}"),
            "identityType": answer["IdentityType"],
            "verifiedForSendingStatus": answer["VerifiedForSendingStatus"],
        },
    )


ADAPTERS = {
    "aws:sesv2/emailIdentity:EmailIdentity": Adapter(
        create=_identity, passes=frozenset(_IDENTITY) | {"tags"}, named_by=None
    )
}
