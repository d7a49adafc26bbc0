"""Stacks of other configurations, deployed beside the local one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.common.contract import function_names
from local.deployment.deployer import deploy
from tests.e2e.support.stack import LocalStack
from tests.support.mail_server import PASSWORD, USER
from tests.support.stacks import EXAMPLES, SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.emulator.emulator import Emulator
    from tests.support.mail_server import MailServer
    from tooling.stackfile import StackFile

# The emulator runs handlers with this interpreter, a few at a time.
_FOR_THE_EMULATOR = {"logLevel": "DEBUG"}
_CONCURRENCY = {"orders": 4, "intake": 4, "relay": 1}
_OTHER_CONCURRENCY = 2
# Every order of the tests has one recipient. Alarms and dashboards are a third of a stack, and no
# request reaches them; the local stack and the examples have them, and a storefront as well, which
# does not go with every kind of authentication.
FOR_THE_TESTS = {"confirmationsPerHour": 1000, "monitoring": "none", "storefront": False}


def deploy_variant(emulator: Emulator, name: str, **config: Any) -> LocalStack:
    """Deploy the local stack under another name, with some configuration keys replaced."""
    return _deploy(emulator, replace(load(SHIPPED["local"]), stack=name), config)


def deploy_example_as(emulator: Emulator, name: str, owner: str) -> LocalStack:
    """Deploy an example under a name of its owner: test files of a process share the emulator."""
    return _deploy(emulator, replace(load(EXAMPLES[name]), stack=f"{owner}-{name}"), {})


def _deploy(emulator: Emulator, stackfile: StackFile, config: dict[str, Any]) -> LocalStack:
    settings = {key.partition(":")[2]: value for key, value in stackfile.config.items()} | config
    functions = function_names(
        ingestion=settings.get("ingestion", "direct"), auth=settings.get("auth", "none")
    )
    reserved = {name: _CONCURRENCY.get(name, _OTHER_CONCURRENCY) for name in functions}
    own = {**FOR_THE_TESTS, **config, **_FOR_THE_EMULATOR, "reservedConcurrency": reserved}
    config = {**stackfile.config, **texts(stackfile, own)}
    return LocalStack(emulator, deploy(emulator, replace(stackfile, config=config)))


def smtp(emulator: Emulator, secret: str, server: MailServer) -> dict[str, Any]:
    """The configuration of a stack that sends emails by a mail server, with a secret's name."""
    credentials = json.dumps({"username": USER, "password": PASSWORD})
    secrets = emulator.client("secretsmanager")
    arn = secrets.create_secret(Name=secret, SecretString=credentials)["ARN"]
    return {"smtp": {"host": "localhost", "port": server.port, "secretArn": arn}}


def stop_workflows(stack: LocalStack) -> LocalStack:
    """Stop the relay: tests of the API need no workflow, and would wait for them."""
    functions, relay = stack.client("lambda"), stack.outputs["functionNames"]["relay"]
    for mapping in functions.list_event_source_mappings(FunctionName=relay)["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    return stack


def texts(stackfile: StackFile, config: Mapping[str, Any]) -> dict[str, str]:
    """Configuration keys and values as a stack file has them."""
    return {
        f"{stackfile.project}:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }
