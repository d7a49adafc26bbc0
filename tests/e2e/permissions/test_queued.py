"""Each permission of a stack that queues orders and sends emails by SMTP is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.e2e.permissions import probes
from tests.e2e.permissions.probes import Client, Probe
from tests.e2e.support.variants import deploy_variant, smtp
from tests.support.functions import HANDLERS
from tests.support.mail_server import USER, MailServer, certificate_authority, mail_server
from tests.support.permissions import SERVICES
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

# With these, a stack has every kind of permission that AWS services need.
_VPC_AND_KEY = {
    "encryption": "customer",
    "vpc": {
        "vpcId": "vpc-00000001",
        "subnetIds": ["subnet-00000001"],
        "endpoints": {"routeTableIds": ["rtb-00000001"]},
    },
}


def _accepted_by_new_processes(client: Client, order_id: str) -> None:
    """An order is accepted; the processes that confirm it have not read the credentials before."""
    _publish_version(client.stack, "email")
    probes.accepted(client, order_id)


_PROBES: dict[tuple[str, str], Probe] = {
    ("intake", "sqs:SendMessage"): Probe(action=probes.unavailable, recover=probes.accepted),
    ("processor", "dynamodb:PutItem"): Probe(action=probes.accepted, without=probes.not_stored),
    ("email", "secretsmanager:GetSecretValue"): Probe(
        action=_accepted_by_new_processes, without=probes.not_sent
    ),
}


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate authority of the mail server."""
    return tmp_path_factory.mktemp("trusted") / "ca.pem"


@pytest.fixture(scope="module")
def server(ca_file: Path) -> Iterator[MailServer]:
    """The mail server that the stack sends confirmations through."""
    with mail_server(certificate_authority(ca_file)) as running:
        yield running


@pytest.fixture(scope="module")
def client(emulator: Emulator, server: MailServer, ca_file: Path) -> Client:
    """A client of a stack that queues orders and sends emails by SMTP."""
    config = {"ingestion": "queued", "traceSampling": 5, **smtp(emulator, "permissions", server)}
    stack = deploy_variant(emulator, "permissions-queued", **config, **_VPC_AND_KEY)
    probes.retry_soon(stack)
    _publish_version(stack, "email", SSL_CERT_FILE=str(ca_file))
    return Client(stack=stack, emails=lambda order_id: len(_messages(order_id, server)))


def _messages(order_id: str, server: MailServer) -> list[int]:
    """Which of the server's messages are about an order."""
    messages = enumerate(server.messages)
    return [number for number, message in messages if order_id in message["Subject"]]


def _publish_version(stack: LocalStack, function: str, **variables: str) -> None:
    """Publish a version of a function, with new processes and more environment variables."""
    name, functions = stack.outputs["functionNames"][function], stack.client("lambda")
    config = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    environment = {"Variables": {**config, **variables, "PUBLISHED": str(uuid4())}}
    functions.update_function_configuration(FunctionName=name, Environment=environment)
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)


def test_confirmations_leave_through_the_stacks_smtp_server(
    client: Client, server: MailServer
) -> None:
    """By SMTP, an order's email is sent over TLS with the secret's credentials, and not by SES."""
    order_id = client.stack.post().json()["orderId"]
    (number,) = eventually(lambda: _messages(order_id, server), "message at the SMTP server")
    assert server.messages[number]["Subject"] == f"Order Confirmation - Order #{order_id}"
    assert server.recipients[number] == ["john.doe@example.com"]
    assert set(server.users) == {USER}
    assert client.stack.emails(order_id) == []


@pytest.mark.parametrize(("function", "action"), _PROBES)
def test_without_a_permission_its_function_is_refused(
    client: Client, function: str, action: str
) -> None:
    """Without an action a function is refused that very action; with it back, the order arrives."""
    probes.check_refusal(client, function, action, _PROBES[function, action])


def test_every_permission_of_the_table_has_a_probe() -> None:
    """This module removes the permissions that the table says it removes, and no others."""
    assert sorted(_PROBES) == probes.code_actions("queued")


def test_the_emulator_checks_no_service_permission(client: Client) -> None:
    """Without any permission that only AWS services need, an order still arrives everywhere."""
    rows = [each for permission in SERVICES for each in permission.role_actions()]
    actions = {row.action for row in rows if row.role in HANDLERS}
    assert probes.remove_service_permissions(client) == actions
