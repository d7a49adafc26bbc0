"""A stack that sends its confirmations through an SMTP server, deployed and used from the front."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.deployer import deploy
from tests.support.mail_server import PASSWORD, USER, certificate_authority, mail_server
from tests.support.polling import eventually
from tests.support.stack import LocalStack
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator import Emulator


def test_confirmations_leave_through_the_stacks_smtp_server(stack: LocalStack, tmp_path: Path) -> None:
    """With emailTransport smtp, an order's e-mail goes over TLS with the secret's credentials, and not through SES."""
    trusted = tmp_path / "ca.pem"
    with mail_server(certificate_authority(trusted)) as server:
        secret = {"username": USER, "password": PASSWORD}
        secrets = stack.client("secretsmanager")
        arn = secrets.create_secret(Name="smtp", SecretString=json.dumps(secret))["ARN"]
        smtp = _deploy(stack.emulator, {"smtpHost": "localhost", "smtpPort": str(server.port), "smtpSecretArn": arn})
        _trust(smtp, trusted)
        order_id = smtp.post().json()["orderId"]
        eventually(lambda: server.messages, "message at the SMTP server", timeout=20)
    assert server.messages[0]["Subject"] == f"Order Confirmation - Order #{order_id}"
    assert server.recipients == [["john.doe@example.com"]]
    assert server.users == [USER]
    assert smtp.emails(order_id) == []


def _deploy(emulator: Emulator, config: dict[str, str]) -> LocalStack:
    stackfile = load(SHIPPED["local"])
    own = {f"{stackfile.project}:{key}": value for key, value in {"emailTransport": "smtp", **config}.items()}
    outputs: dict[str, Any] = deploy(emulator, replace(stackfile, stack="smtp", config={**stackfile.config, **own}))
    return LocalStack(emulator, outputs)


def _trust(smtp: LocalStack, certificates: Path) -> None:
    """Publish the email function once more, with the test's certificate authority among those it trusts."""
    name, functions = smtp.outputs["functionNames"]["email"], smtp.client("lambda")
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**variables, "SSL_CERT_FILE": str(certificates)}}
    )
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
