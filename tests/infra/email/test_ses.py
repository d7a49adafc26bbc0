"""Email through SES: identity, configuration set, metrics, permission to send."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra import config, naming, wiring
from infra.email.confirmation_email import ConfirmationEmail, ConfirmationEmailArgs
from tests.infra.support.defaults import BUNDLER
from tests.infra.support.features import full
from tests.infra.support.graph import Graph, Resource, is_unknown, record, settings, token
from tests.infra.support.mock_responses import ACCOUNT, DKIM_TOKENS
from tests.infra.support.policies import Statement, permissions
from tests.support.stacks import SHIPPED

_SENDER = "orders@mail.shop.shop-orders.net"
_DOMAIN = "mail.shop.shop-orders.net"


def _workflow(identity: str, *, preview: bool = False) -> Graph:
    """The email workflow alone, with a kind of identity."""
    return record(
        settings(SHIPPED["dev"], emailFrom=_SENDER, emailIdentity=identity),
        _program,
        preview=preview,
    )


def _program() -> None:
    stack = config.load()
    naming.tag_resources()
    encryption = wiring.encryption(stack)
    args = ConfirmationEmailArgs(
        settings=wiring.function_settings(stack, encryption, bundler=BUNDLER, vpc=None),
        tables=wiring.table_settings(stack, encryption),
        sender=stack.email_from,
        ses_identity=stack.email_identity,
        smtp=None,
        order_retention_days=stack.order_retention_days,
        confirmations_per_hour=stack.confirmations_per_hour,
    )
    for name, value in ConfirmationEmail("confirmation-email", args).transport.outputs.items():
        pulumi.export(name, value)


@pytest.fixture(params=["existing", "address", "domain"])
def graph(request: pytest.FixtureRequest) -> Graph:
    """The workflow with each kind of identity."""
    return _workflow(request.param)


def _set(graph: Graph) -> Resource:
    (match,) = graph.all(aws.sesv2.ConfigurationSet)
    return match


def _may_send(graph: Graph) -> Statement:
    role = graph.by_arn(graph.named(aws.lambda_.Function, "email")["role"])["name"]
    (match,) = (
        permission
        for permission in permissions(graph, role)
        if "ses:SendEmail" in permission.actions
    )
    return match


def _kinds(graph: Graph) -> set[str]:
    return {resource.type for resource in graph.resources}


def test_emails_require_tls(graph: Graph) -> None:
    """The configuration set asks for TLS, is switched on, and has its reputation measured."""
    assert _set(graph)["configurationSetName"] == f"{graph.prefix}email"
    assert _set(graph)["deliveryOptions"] == {"tlsPolicy": "REQUIRE"}
    assert _set(graph)["sendingOptions"] == {"sendingEnabled": True}
    assert _set(graph)["reputationOptions"] == {"reputationMetricsEnabled": True}


def test_delivery_outcomes_are_counted(graph: Graph) -> None:
    """CloudWatch counts deliveries, bounces, complaints and rejects by configuration set only."""
    (destination,) = graph.all(aws.sesv2.ConfigurationSetEventDestination)
    assert destination["configurationSetName"] == _set(graph)["configurationSetName"]
    publishing = destination["eventDestination"]
    assert publishing["enabled"] is True
    assert sorted(publishing["matchingEventTypes"]) == ["BOUNCE", "COMPLAINT", "DELIVERY", "REJECT"]
    assert publishing.keys() == {"enabled", "matchingEventTypes", "cloudWatchDestination"}
    (dimension,) = publishing["cloudWatchDestination"]["dimensionConfigurations"]
    assert dimension == {
        "dimensionName": "ses:configuration-set",
        "dimensionValueSource": "MESSAGE_TAG",
        "defaultDimensionValue": f"{graph.prefix}email",
    }


def test_the_email_function_sends_with_the_configuration_set(graph: Graph) -> None:
    """The email function is told the sender and the configuration set."""
    variables = graph.named(aws.lambda_.Function, "email")["environment"]["variables"]
    assert {
        key: value for key, value in variables.items() if key.startswith(("EMAIL", "SMTP"))
    } == {
        "EMAIL_TRANSPORT": "ses",
        "EMAIL_FROM": _SENDER,
        "EMAIL_CONFIGURATION_SET": _set(graph)["configurationSetName"],
    }


def test_the_email_role_sends_as_the_sender_only(graph: Graph) -> None:
    """The role may send only from the sender's address, with the stack's configuration set.

    In the SES sandbox, SES authorizes the recipient's identity as well as the sender's.
    """
    region = graph.stackfile.config["aws:region"]
    permission = _may_send(graph)
    assert permission.actions == {"ses:SendEmail"}
    assert permission.resources == {f"arn:aws:ses:{region}:{ACCOUNT}:identity/*", _set(graph).arn}
    assert permission.condition == {"StringEquals": {"ses:FromAddress": _SENDER}}


def test_an_existing_identity_is_left_alone() -> None:
    """With an existing identity the stack creates none and has no output for it."""
    graph = _workflow("existing")
    assert token(aws.sesv2.EmailIdentity) not in _kinds(graph)
    assert "sesDkimTokens" not in graph.outputs


def test_an_address_is_verified_by_itself() -> None:
    """The stack has the sender's address verified, which uses the configuration set by default."""
    graph = _workflow("address")
    (identity,) = graph.all(aws.sesv2.EmailIdentity)
    assert identity["emailIdentity"] == _SENDER
    assert identity["configurationSetName"] == _set(graph)["configurationSetName"]
    assert "dkimSigningAttributes" not in identity.inputs
    assert "sesDkimTokens" not in graph.outputs


def test_a_domain_is_verified_by_keys_of_2048_bits() -> None:
    """The stack creates the sender's domain, and outputs the DKIM tokens to publish."""
    graph = _workflow("domain")
    (identity,) = graph.all(aws.sesv2.EmailIdentity)
    assert identity["emailIdentity"] == _DOMAIN
    assert identity["configurationSetName"] == _set(graph)["configurationSetName"]
    assert identity["dkimSigningAttributes"] == {"nextSigningKeyLength": "RSA_2048_BIT"}
    assert graph.outputs["sesDkimTokens"] == DKIM_TOKENS


def test_the_stack_has_the_outputs_of_its_workflow() -> None:
    """The DKIM tokens are among the outputs of the whole stack."""
    assert full("direct").outputs["sesDkimTokens"] == DKIM_TOKENS


@pytest.mark.parametrize("identity", ["existing", "address", "domain"])
def test_a_preview_registers_the_same(identity: str) -> None:
    """A preview, which knows no token yet, registers what an update does."""
    before, after = _workflow(identity, preview=True), _workflow(identity)
    assert [resource.urn for resource in before.resources] == [
        resource.urn for resource in after.resources
    ]
    tokens: Any = before.outputs.get("sesDkimTokens")
    assert tokens is None or is_unknown(tokens)


def test_with_smtp_there_are_no_ses_resources(customised: Graph) -> None:
    """With SMTP the stack creates nothing in SES, and the email function knows of none."""
    assert not any(kind.startswith("aws:ses") for kind in _kinds(customised))
    variables = customised.named(aws.lambda_.Function, "email")["environment"]["variables"]
    assert "EMAIL_CONFIGURATION_SET" not in variables
