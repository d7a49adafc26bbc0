"""What runs beside the deployed stack."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from local.companions import Session
from tooling.running import RunningStack

if TYPE_CHECKING:
    from pathlib import Path


def test_addresses_stay_when_the_stack_is_deployed_again(tmp_path: Path) -> None:
    """The console's URL is among the outputs, also after a deployment has changed these."""
    emulator = SimpleNamespace(connection={"awsEndpointUrl": "http://127.0.0.1:4566"})
    deployment: Any = SimpleNamespace(outputs={"ordersUrl": "first"}, emulator=emulator)
    names = ("activity", "alarms", "storefront", "console", "terminal")
    others: dict[str, Any] = dict.fromkeys(names)
    running = RunningStack(tmp_path)
    session = Session(deployment=deployment, running=running, **others)
    with running.lock():
        session.addresses["consoleUrl"] = "http://127.0.0.1:4568/"
        session.publish()
        deployment.outputs = {"ordersUrl": "second"}
        session.publish()
        assert running.outputs() == {
            "ordersUrl": "second",
            "awsEndpointUrl": "http://127.0.0.1:4566",
            "consoleUrl": "http://127.0.0.1:4568/",
        }
