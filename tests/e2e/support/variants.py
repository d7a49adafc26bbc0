"""Stacks of other configurations, deployed beside the local one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.common.contract import function_names
from local.deployer import deploy
from tests.support.stack import LocalStack
from tests.support.stacks import EXAMPLES, SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.emulator import Emulator
    from tooling.stackfile import StackFile

# What the emulator needs of every stack: handlers run by this interpreter, few of them at a time.
_FOR_THE_EMULATOR = {"bundleDependencies": False, "logLevel": "DEBUG"}
# Every order of the tests is John Doe's. Alarms and dashboards are a third of a stack, and no request comes past them;
# the local stack has them, and so have the examples that are deployed as they are.
FOR_THE_TESTS = {"confirmationsPerHour": 1000, "monitoring": "none"}
_CONCURRENCY = {
    "orders": 4,
    "intake": 4,
    "processor": 2,
    "lookup": 2,
    "relay": 1,
    "email": 2,
    "audit": 2,
}


def deployed(emulator: Emulator, name: str, **config: Any) -> LocalStack:
    """Deploy the local stack under another name, some configuration keys of which are replaced."""
    return _deploy(emulator, replace(load(SHIPPED["local"]), stack=name), config)


def deployed_example(emulator: Emulator, name: str, owner: str) -> LocalStack:
    """Deploy one of the examples under a name of its owner's: the test files of a process share the emulator."""
    return _deploy(emulator, replace(load(EXAMPLES[name]), stack=f"{owner}-{name}"), {})


def _deploy(emulator: Emulator, stackfile: StackFile, config: dict[str, Any]) -> LocalStack:
    settings = {key.partition(":")[2]: value for key, value in stackfile.config.items()} | config
    functions = function_names(
        ingestion=settings.get("ingestion", "direct"), auth=settings.get("auth", "none")
    )
    reserved = {name: _CONCURRENCY[name] for name in functions}
    own = {**FOR_THE_TESTS, **config, **_FOR_THE_EMULATOR, "reservedConcurrency": reserved}
    config = {**stackfile.config, **texts(stackfile, own)}
    return LocalStack(emulator, deploy(emulator, replace(stackfile, config=config)))


def stop_workflows(stack: LocalStack) -> LocalStack:
    """Leave orders where they are stored: behind the table nothing runs, which tests of the API would only wait for."""
    functions = stack.client("lambda")
    mappings = functions.list_event_source_mappings(
        FunctionName=stack.outputs["functionNames"]["relay"]
    )
    for mapping in mappings["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    return stack


def texts(stackfile: StackFile, config: Mapping[str, Any]) -> dict[str, str]:
    """Configuration keys and values of the program's own, as a stack file has them."""
    return {f"{stackfile.project}:{key}": _text(value) for key, value in config.items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
