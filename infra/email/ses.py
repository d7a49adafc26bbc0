"""SES: identity of the sender, configuration set, delivery metrics, permission to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

from infra.email.transport import EmailTransport
from infra.naming import arn, resource_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.config.values import SesIdentity

# The tag that SES adds to every email, and the dimension of its metrics. It holds no personal data.
# https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html
DIMENSION: Final = "ses:configuration-set"

# SES events, which CloudWatch counts under their names in title case.
EVENT_TYPES: Final = ["BOUNCE", "COMPLAINT", "DELIVERY", "REJECT"]


def ses_transport(
    name: str, sender: str, identity: SesIdentity, parent: pulumi.Resource
) -> EmailTransport:
    """Send through SES in the stack's account and region.

    The identity is the sender's address, which is verified by a link in an email, or its domain,
    which is verified by DKIM records, or one that exists already.
    """
    configuration_set = _configuration_set(name, parent)
    set_name = configuration_set.configuration_set_name
    outputs: dict[str, pulumi.Input[Any]] = {"emailTransport": "ses", "emailFrom": sender}
    if identity == "address":
        aws.sesv2.EmailIdentity(
            f"{name}-address",
            email_identity=sender,
            configuration_set_name=set_name,
            opts=pulumi.ResourceOptions(parent=parent),
        )
    elif identity == "domain":
        domain = aws.sesv2.EmailIdentity(
            f"{name}-domain",
            email_identity=sender.rpartition("@")[2],
            configuration_set_name=set_name,
            dkim_signing_attributes={"next_signing_key_length": "RSA_2048_BIT"},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        outputs["sesDkimTokens"] = domain.dkim_signing_attributes.tokens
    return EmailTransport(
        environment={
            "EMAIL_TRANSPORT": "ses",
            "EMAIL_FROM": sender,
            "EMAIL_CONFIGURATION_SET": set_name,
        },
        statements=[_send(sender, configuration_set)],
        configuration_set=set_name,
        outputs=outputs,
    )


def _send(sender: str, configuration_set: aws.sesv2.ConfigurationSet) -> Mapping[str, Any]:
    """Allow sending from the sender's address.

    The resource is every identity of the account: SES authorizes that of the sender's address, of
    its domain or of a parent domain, and in the sandbox that of the recipient as well. It also
    authorizes the configuration set.
    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    """
    return {
        "Action": "ses:SendEmail",
        "Resource": [arn("ses", "identity/*"), configuration_set.arn],
        "Condition": {"StringEquals": {"ses:FromAddress": sender}},
    }


def _configuration_set(name: str, parent: pulumi.Resource) -> aws.sesv2.ConfigurationSet:
    """Create the configuration set: TLS is required, and CloudWatch counts the events."""
    opts = pulumi.ResourceOptions(parent=parent)
    configuration_set = aws.sesv2.ConfigurationSet(
        f"{name}-configuration-set",
        configuration_set_name=resource_name("email"),
        delivery_options={"tls_policy": "REQUIRE"},
        reputation_options={"reputation_metrics_enabled": True},
        sending_options={"sending_enabled": True},
        opts=opts,
    )
    aws.sesv2.ConfigurationSetEventDestination(
        f"{name}-figures",
        configuration_set_name=configuration_set.configuration_set_name,
        event_destination_name="figures",
        event_destination={
            "enabled": True,
            "matching_event_types": EVENT_TYPES,
            "cloud_watch_destination": {
                "dimension_configurations": [
                    {
                        "dimension_name": DIMENSION,
                        "dimension_value_source": "MESSAGE_TAG",
                        "default_dimension_value": configuration_set.configuration_set_name,
                    }
                ]
            },
        },
        opts=opts,
    )
    return configuration_set
