"""Confirmations through SES: who they come from, and what is done and counted with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pulumi
import pulumi_aws as aws

from infra.email.transport import Mailing
from infra.naming import arn, named
from infra.vpc.network import Reach

# What SES tags every e-mail with by itself, and also the dimension of its reputation metrics; nothing of the shopper's.
# https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html
DIMENSION: Final = "ses:configuration-set"

_CONFIGURATION_SET: Final = "email"
_SEND: Final = "ses:SendEmail"

# What becomes of e-mails; CloudWatch counts each under its name in title case.
COUNTED: Final = ["BOUNCE", "COMPLAINT", "DELIVERY", "REJECT"]


class Identity(Protocol):
    """The verified address or domain that confirmations come from."""

    @property
    def sender(self) -> str:
        """The address."""
        ...

    def create(
        self, name: str, configuration_set: pulumi.Input[str], parent: pulumi.Resource
    ) -> Mapping[str, Any]:
        """Create it where it does not exist; return what has to be known to have it verified."""
        ...


@dataclass(frozen=True)
class ExistingIdentity:
    """The sender's address, its domain or one above that was verified by somebody else."""

    sender: str

    def create(
        self,
        name: str,
        configuration_set: pulumi.Input[str],
        parent: pulumi.Resource,  # noqa: ARG002 - the protocol's
    ) -> Mapping[str, Any]:
        """Create nothing."""
        return {}


@dataclass(frozen=True)
class AddressIdentity:
    """The sender's address, which is verified by a link that SES sends there."""

    sender: str

    def create(
        self, name: str, configuration_set: pulumi.Input[str], parent: pulumi.Resource
    ) -> Mapping[str, Any]:
        """Create the address."""
        aws.sesv2.EmailIdentity(
            f"{name}-address",
            email_identity=self.sender,
            configuration_set_name=configuration_set,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        return {}


@dataclass(frozen=True)
class DomainIdentity:
    """The sender's domain, which is verified by the DKIM records that its owner publishes."""

    sender: str

    def create(
        self, name: str, configuration_set: pulumi.Input[str], parent: pulumi.Resource
    ) -> Mapping[str, Any]:
        """Create the domain, and tell the tokens that its DKIM records are made of."""
        domain = aws.sesv2.EmailIdentity(
            f"{name}-domain",
            email_identity=_domain(self.sender),
            configuration_set_name=configuration_set,
            dkim_signing_attributes={"next_signing_key_length": "RSA_2048_BIT"},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        return {"sesDkimTokens": domain.dkim_signing_attributes.tokens}


@dataclass(frozen=True)
class SesMail:
    """Through SES, in the stack's account and region."""

    identity: Identity

    def create(self, name: str, parent: pulumi.Resource) -> Mailing:
        """Create the configuration set, and the sender's identity where the stack has it made."""
        configuration_set = _configuration_set(name, parent)
        outputs = self.identity.create(name, configuration_set.configuration_set_name, parent)
        return Mailing(
            environment={
                "EMAIL_TRANSPORT": "ses",
                "EMAIL_FROM": self.identity.sender,
                "EMAIL_CONFIGURATION_SET": configuration_set.configuration_set_name,
            },
            statements=[self._send(configuration_set.arn)],
            configuration_set=configuration_set.configuration_set_name,
            outputs=outputs,
        )

    def reach(self) -> Reach:
        """Reach the API of SES, which PrivateLink calls `email`.

        https://aws.amazon.com/about-aws/whats-new/2025/12/amazon-ses-vpc-api-endpoints/
        """
        return Reach(
            services={
                "email": [self._send(arn("ses", f"configuration-set/{named(_CONFIGURATION_SET)}"))]
            }
        )

    def _send(self, configuration_set: pulumi.Output[str]) -> Mapping[str, Any]:
        """Allow sending as the sender alone; SES also authorizes the configuration set.

        The identity is any of the account's. SES authorizes the identity of the sender's address, of its domain or of a
        parent domain; and while the account is in the sandbox, it authorizes the recipient's identity as well, so that
        a policy with the sender's alone refuses every order.

        https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
        https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
        """
        return {
            "Action": _SEND,
            "Resource": [arn("ses", "identity/*"), configuration_set],
            "Condition": {"StringEquals": {"ses:FromAddress": self.identity.sender}},
        }


def _configuration_set(name: str, parent: pulumi.Resource) -> aws.sesv2.ConfigurationSet:
    """Return what SES applies to every e-mail: TLS or nothing, and figures on what became of it."""
    opts = pulumi.ResourceOptions(parent=parent)
    configuration_set = aws.sesv2.ConfigurationSet(
        f"{name}-configuration-set",
        configuration_set_name=named(_CONFIGURATION_SET),
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
            "matching_event_types": COUNTED,
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


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
