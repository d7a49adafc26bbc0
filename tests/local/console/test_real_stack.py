"""The console of a stack that runs on the embedded AWS."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest

from local.console.app import create_app
from local.deployment.deployment import Deployment
from local.emulator.emulator import Emulator
from local.faults import Fault, Faults
from local.monitoring.activity import Activity
from tests.local.console.support import TOKEN, Browser
from tests.support.polling import eventually
from tests.support.stacks import EXAMPLES, load

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack() -> Iterator[tuple[Deployment, Browser]]:
    """The stack with a REST API and queued orders, and a browser that has opened its console."""
    with Emulator() as emulator:
        deployment = Deployment(emulator, load(EXAMPLES["queue-first"]))
        deployment.update()
        activity = Activity(emulator.client, lambda: deployment.outputs["functionNames"])
        activity.start()

        def faults() -> Faults:
            return Faults({**deployment.outputs, **emulator.connection})

        app = create_app(deployment=deployment, activity=activity, faults=faults, token=TOKEN)
        browser = Browser(app)
        browser.open()
        yield deployment, browser
        activity.stop()


def _figures(browser: Browser) -> dict[str, str]:
    """The figure of each node in the table."""
    table = browser.get("/").text.rpartition("Deployed resources and their figures")[2]
    rows = re.findall(r'<tr><td><a href="/nodes/([^"]+)">(.*?)</tr>', table, re.DOTALL)
    return {
        node: " ".join(re.findall(r'class="badge[^"]*">([^<]*)<', cells)) for node, cells in rows
    }


def test_an_order_moves_the_figures(stack: tuple[Deployment, Browser]) -> None:
    """After one order, every function of its path was called once, and the tables have it."""
    deployment, browser = stack
    before = _figures(browser)
    assert before["queue/orders"] == "0 messages"
    assert deployment.caller.send(str(uuid.uuid4())).status_code == 202
    expected = {
        "function/intake": "1 call",
        "function/processor": "1 call",
        "function/relay": "1 call",
        "function/email": "1 call",
        "table/orders": "1 item",
        "table/audit-logs": "1 item",
        "ses/email": "1 sent",
        "dead-letters/email": "0",
    }
    eventually(lambda: expected.items() <= _figures(browser).items(), "the figures")


@pytest.mark.parametrize(
    ("node", "texts"),
    [
        ("rest-api/api", ["order-processing-queue-first-api"]),
        ("function/processor", ["Enabled", "dynamodb:PutItem", "python3.13"]),
        ("queue/orders", ["after 3 receives", "Enabled"]),
        ("topic/order-events", ["Publish", "subscription"]),
        ("stream/orders", ["Enabled", "INSERT"]),
        ("table/orders", ["orderId", "PAY_PER_REQUEST"]),
        ("alarms/alarms", ["37 alarms"]),
    ],
)
def test_a_node_has_its_details(
    stack: tuple[Deployment, Browser], node: str, texts: list[str]
) -> None:
    """Configuration, event source mappings and permissions are those that were deployed."""
    _, browser = stack
    text = browser.get(f"/nodes/{node}").text
    assert [each for each in texts if each not in text] == []


def test_an_injected_fault_is_in_the_graph(stack: tuple[Deployment, Browser]) -> None:
    """The function with a fault shows it until the fault is removed."""
    deployment, browser = stack
    faults = Faults({**deployment.outputs, **deployment.emulator.connection})
    faults.inject(Fault(hop="audit", effect="crash"))
    assert "fault: crash" in _figures(browser)["function/audit"]
    faults.remove("audit")
    assert "fault" not in _figures(browser)["function/audit"]


def test_a_resource_that_is_gone_is_reported(stack: tuple[Deployment, Browser]) -> None:
    """A table that somebody has deleted says so in the graph, which is shown all the same."""
    deployment, browser = stack
    name = deployment.outputs["sentEmailsTableName"]
    deployment.emulator.client("dynamodb").delete_table(TableName=name)
    assert _figures(browser)["table/sent-emails"] == "not found"
