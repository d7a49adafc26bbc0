"""The page of the graph: live figures, and the details of a node."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from local.console.topology import topology
from local.deployment.resources import Resource
from local.faults import Fault
from local.monitoring.activity import Counts, Event
from local.monitoring.alarms import AlarmStatus
from tests.local.console.canned import CannedAws, deployed
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from tests.local.console.support import Browser, FakeActivity, FakeDeployment, FakeFaults

_ARN = "arn:aws:lambda:us-east-1:123456789012:function:order-processing-local-email:live"
_FAILED = Event(
    at=datetime(2026, 1, 15, 10, 30, tzinfo=UTC),
    function="email",
    request_id="request-1",
    outcome="failed",
    duration_ms=12.0,
    order_id="order-1",
    attempt=2,
    message="Email not sent",
    level="ERROR",
    error="SES said <no>",
)


@pytest.fixture
def aws() -> CannedAws:
    """What AWS responds."""
    return CannedAws()


@pytest.fixture
def deployment(aws: CannedAws) -> FakeDeployment:
    """The stack `local`."""
    return deployed(SHIPPED["local"], aws)


def _figure(text: str, node: str) -> str:
    """The figure in a node's box."""
    box = re.search(rf'href="/nodes/{node}".*?</a>', text, re.DOTALL)
    assert box, node
    figure = re.search(r'<text class="(figure[^"]*)"[^>]*>([^<]*)<', box[0])
    return f"{figure[1]}: {figure[2]}" if figure else ""


def test_every_node_is_a_link_with_its_figure(
    browser: Browser, aws: CannedAws, activity: FakeActivity
) -> None:
    """Calls and errors of functions, depths of queues, items of tables, sent emails, alarms."""
    activity.counts = {"orders": Counts(invocations=1200), "email": Counts(invocations=5, errors=2)}
    aws.messages = {"local-email": 1, "email-dead-letters": 3}
    aws.items = {"local-orders": 1}
    aws.sent = 7
    aws.alarms = {"one": "OK", "two": "ALARM"}
    text = browser.get("/").text
    assert _figure(text, "function/orders") == "figure : 1,200 calls"
    assert _figure(text, "function/email") == "figure bad: 2 of 5 failed"
    assert _figure(text, "queue/email") == "figure info: 1 message"
    assert _figure(text, "queue/audit") == "figure : 0 messages"
    assert _figure(text, "dead-letters/email") == "figure bad: 3"
    assert _figure(text, "table/orders") == "figure : 1 item"
    assert _figure(text, "ses/email") == "figure : 7 sent"
    assert _figure(text, "alarms/alarms") == "figure bad: 1 in ALARM"


def test_paused_workflows_and_faults_are_shown(
    browser: Browser, aws: CannedAws, faults: FakeFaults
) -> None:
    """A paused workflow and an injected fault stand in the function's box."""
    arn = _ARN.replace("email", "audit")
    aws.mappings = [{"UUID": "1", "FunctionArn": arn, "State": "Disabled"}]
    faults.inject(Fault(hop="email:ses", effect="refuse"))
    text = browser.get("/").text
    assert _figure(text, "function/audit") == "figure warn: paused"
    assert _figure(text, "function/email") == "figure bad: fault: refuse"


def test_the_graph_is_also_a_table(browser: Browser, deployment: FakeDeployment) -> None:
    """A screen reader gets every node and every connection."""
    graph = topology(deployment.resources, "order-processing-local-")
    table = browser.get("/").text.partition("The graph as a table")[2]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    for edge in graph.edges:
        assert any(
            f"/nodes/{edge.source}" in row and f"/nodes/{edge.target}" in row for row in rows
        ), edge
    for node in graph.nodes.values():
        assert f'<a href="/nodes/{node.id}">{node.name}</a>' in table


def test_the_drawing_has_no_inline_style(browser: Browser) -> None:
    """The page holds no style and no script of its own, which its policy would refuse."""
    text = browser.get("/").text
    assert " style=" not in text
    assert "<style" not in text
    assert re.findall(r"<script[^>]*>", text) == ['<script src="/static/console.js" type="module">']


def test_every_node_has_a_page(browser: Browser, deployment: FakeDeployment) -> None:
    """Each node of the graph leads to its details; another path is not found."""
    graph = topology(deployment.resources, "order-processing-local-")
    for node in graph.nodes.values():
        page = browser.get(f"/nodes/{node.id}")
        assert page.status_code == 200
        assert f"<h1>{node.name}</h1>" in page.text
        assert node.arn in page.text
    missing = browser.get("/nodes/queue/nothing")
    assert missing.status_code == 404
    assert "The stack has no queue/nothing." in missing.text


def test_a_function_has_its_configuration_permissions_mapping_and_log(
    browser: Browser, aws: CannedAws, activity: FakeActivity
) -> None:
    """Timeout, role statements, the mapping's state, and the latest log lines with errors first."""
    aws.mappings = [
        {
            "UUID": "1",
            "FunctionArn": _ARN,
            "State": "Enabled",
            "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:order-processing-local-email",
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 1,
        }
    ]
    fine = dataclasses.replace(
        _FAILED, outcome="ok", level="INFO", order_id="order-2", message="Confirmation sent"
    )
    activity.log(_FAILED, fine, dataclasses.replace(fine, function="audit", order_id="order-3"))
    text = browser.get("/nodes/function/email").text
    assert "<dd>60 s</dd>" in text
    assert "ses:SendEmail" in text
    assert ">Enabled</span>" in text
    assert "EMAIL_TRANSPORT" in text
    errors, _, log = text.partition("<h2>Log</h2>")
    assert "SES said &lt;no&gt;" in errors
    assert "order-2" not in errors
    assert log.index("order-2") < log.index("order-1")
    assert "order-3" not in text


def test_a_queue_has_its_policy(browser: Browser) -> None:
    """A queue's own policy says that the topic may send to it."""
    text = browser.get("/nodes/queue/email").text
    assert "sns.amazonaws.com" in text
    assert "sqs:SendMessage" in text


def test_secrets_are_masked(browser: Browser, deployment: FakeDeployment) -> None:
    """Secret inputs, and variables whose names say that they are secret, are not shown."""
    deployment.resources = [
        Resource(
            kind="aws:lambda/function:Function",
            name="function",
            id="order-processing-local-x",
            inputs={
                "name": "order-processing-local-x",
                "role": "arn:aws:iam::123456789012:role/x",
                "description": "hidden-1",
                "environment": {
                    "variables": {
                        "API_KEY": "hidden-2",
                        "SMTP_PASSWORD": "hidden-3",
                        "SMTP_SECRET_ARN": "arn:aws:secretsmanager:shown",
                        "LOG_LEVEL": "shown-too",
                    }
                },
            },
            outputs={"arn": "arn:aws:lambda:us-east-1:123456789012:function:x"},
            secret_inputs=frozenset({"description"}),
        )
    ]
    text = browser.get("/nodes/function/x").text
    assert "hidden" not in re.sub(r'class="hidden"', "", text)
    assert "shown-too" in text
    assert "arn:aws:secretsmanager:shown" in text


def test_a_secret_environment_is_masked_whole(browser: Browser, deployment: FakeDeployment) -> None:
    """Where the environment holds a secret output, no variable is shown."""
    deployment.resources = [
        dataclasses.replace(each, secret_inputs=frozenset({"environment"}))
        for each in deployment.resources
    ]
    text = browser.get("/nodes/function/email").text
    assert "EMAIL_TRANSPORT" not in text
    assert "orders@" not in text.partition("Environment variables")[2]


def test_without_resources_the_page_says_so(browser: Browser, deployment: FakeDeployment) -> None:
    """Before the first deployment there is an empty state in place of the graph."""
    deployment.resources = ()
    assert "Nothing is deployed" in browser.get("/").text


def test_the_navigation_has_what_waits_for_somebody(
    browser: Browser, app: Starlette, aws: CannedAws, deployment: FakeDeployment
) -> None:
    """Dead letters and firing alarms are numbers beside their links, on every page."""
    deployment.outputs["deadLetterQueueUrls"] = {
        name: f"http://127.0.0.1:4566/000000000000/{name}-dead-letters"
        for name in ("email", "relay")
    }
    assert "messages</span>" not in browser.get("/try").text
    aws.messages = {"email-dead-letters": 2, "relay-dead-letters": 1}
    alarm = AlarmStatus(name="one", label="one", description="", state="ALARM", reason="")
    console = app.state.console
    app.state.console = dataclasses.replace(console, alarms=lambda: [alarm])
    app.state.badges.expire()
    navigation = browser.get("/try").text.partition("<main")[0]
    assert '3<span class="hidden"> messages</span>' in navigation
    assert '1<span class="hidden"> in ALARM</span>' in navigation
