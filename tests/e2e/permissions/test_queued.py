"""Orders are queued and e-mails sent by SMTP: that they are, and that each permission that is taken away is missed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.permissions.support import probes
from tests.e2e.permissions.support.client import NETWORK_AND_KEY, Shop, patient, publish_again
from tests.e2e.permissions.support.probes import Probe
from tests.e2e.support.variants import deployed
from tests.support.functions import HANDLERS
from tests.support.mail_server import PASSWORD, USER, MailServer, certificate_authority, mail_server
from tests.support.permissions_documented import DOCUMENTED
from tests.support.permissions_table import refused_by
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.emulator import Emulator


def _accepted_by_new_processes(shop: Shop, order_id: str) -> None:
    """An order is accepted; the process that is to confirm it does not know the credentials from an earlier one."""
    publish_again(shop.stack, "email")
    probes.accepted(shop, order_id)


_PROBES: dict[tuple[str, str], Probe] = {
    ("intake", "sqs:SendMessage"): Probe(ask=probes.turned_away, afterwards=probes.accepted),
    ("processor", "dynamodb:PutItem"): Probe(ask=probes.accepted, meanwhile=probes.not_stored),
    ("email", "secretsmanager:GetSecretValue"): Probe(
        ask=_accepted_by_new_processes, meanwhile=probes.not_sent
    ),
}
_THIS = "tests/e2e/permissions/test_queued.py::test_without_a_right_its_function_is_refused"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates that the mail server's is signed with."""
    return tmp_path_factory.mktemp("trusted") / "ca.pem"


@pytest.fixture(scope="module")
def server(trusted: Path) -> Iterator[MailServer]:
    """The mail server that the stack sends confirmations through."""
    with mail_server(certificate_authority(trusted)) as running:
        yield running


@pytest.fixture(scope="module")
def shop(emulator: Emulator, server: MailServer, trusted: Path) -> Shop:
    """A stack that queues orders and sends e-mails by SMTP."""
    secret = json.dumps({"username": USER, "password": PASSWORD})
    arn = emulator.client("secretsmanager").create_secret(Name="permissions", SecretString=secret)[
        "ARN"
    ]
    smtp = {"smtpHost": "localhost", "smtpPort": server.port, "smtpSecretArn": arn}
    config = {
        "ingestion": "queued",
        "tracing": True,
        "emailTransport": "smtp",
        **smtp,
        **NETWORK_AND_KEY,
    }
    own = patient(deployed(emulator, "permissions-queued", **config))
    publish_again(own, "email", SSL_CERT_FILE=str(trusted))
    return Shop(stack=own, emails=lambda order_id: len(_about(order_id, server)))


def _about(order_id: str, server: MailServer) -> list[int]:
    """Which of the server's messages are about an order."""
    return [
        number for number, message in enumerate(server.messages) if order_id in message["Subject"]
    ]


def test_confirmations_leave_through_the_stacks_smtp_server(shop: Shop, server: MailServer) -> None:
    """With emailTransport smtp, an order's e-mail goes over TLS with the secret's credentials, and not through SES."""
    order_id = shop.stack.post().json()["orderId"]
    (number,) = eventually(
        lambda: _about(order_id, server), "message at the SMTP server", timeout=20
    )
    assert server.messages[number]["Subject"] == f"Order Confirmation - Order #{order_id}"
    assert server.recipients[number] == ["john.doe@example.com"]
    assert set(server.users) == {USER}
    assert shop.stack.emails(order_id) == []


@pytest.mark.parametrize(("function", "action"), _PROBES)
def test_without_a_right_its_function_is_refused(shop: Shop, function: str, action: str) -> None:
    """Without an action in its role's policy a function is refused that very action; with it, the order arrives."""
    probes.take_away(shop, function, action, _PROBES[function, action])


def test_every_right_of_the_table_has_a_probe() -> None:
    """What the table of permissions says that this module takes away, it does take away, and nothing else."""
    assert sorted(_PROBES) == refused_by(_THIS)


def test_the_emulator_asks_for_no_documented_permission(shop: Shop) -> None:
    """Without all the permissions at once that the table says the emulator does not ask for, an order arrives everywhere."""
    functions = {
        each.action
        for permission in DOCUMENTED
        for each in permission.held()
        if each.holder in HANDLERS
    }
    assert probes.do_without(shop, DOCUMENTED) == functions
