"""The steps of the smoke test in a mocked account: the real handlers behind an API over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from release.smoke.api import SIMULATOR
from release.smoke.model import RUNBOOK, SmokeTestError
from release.smoke.permissions import PERMISSIONS
from release.smoke.runner import run
from tests.release.smoke.api_server import ApiServer
from tests.release.smoke.stacks import (
    DIRECT,
    FAST,
    internal_error,
    items,
    names,
    stack_of,
)
from tests.support.deliveries import queue_batch
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import ApiResponse
from tooling.root import ROOT
from tooling.signals import SignalExit, interruptible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.smoke.model import Step


def test_an_order_is_followed_and_leaves_nothing(api: ApiServer) -> None:
    """A healthy stack passes every step in order, and no table holds an item afterwards."""
    steps: list[Step] = []
    assert run(stack_of(api), FAST, steps.append) == steps
    assert names(steps) == DIRECT
    assert [step.seconds for step in steps] == sorted(step.seconds for step in steps)
    assert api.operator.account.recipients() == [SIMULATOR]
    assert not any(items(api.operator).values())


def test_the_order_is_marked_as_synthetic(api: ApiServer) -> None:
    """The customer is `smoke-test`, whose name is no person's, and ID and key show it, too."""
    run(stack_of(api), FAST)
    (headers, body), replay = api.requests
    assert replay[1] == body
    assert (body["customerId"], body["customerName"]) == ("smoke-test", "Smoke Test")
    assert body["orderId"] == headers["Idempotency-Key"]
    assert body["orderId"].startswith("smoke-test-")


def test_frequent_tests_do_not_reach_the_limit(api: ApiServer) -> None:
    """The recipient's hourly counter does not grow, however often the test runs."""
    for _ in range(2):
        run(stack_of(api), FAST)
    assert items(api.operator)[SENT_EMAILS_TABLE] == []


def _busy(_api: ApiServer, _headers: Mapping[str, str], _body: Any) -> ApiResponse:
    return ApiResponse(503, {"Retry-After": "1"}, json.dumps({"error": "Service unavailable"}))


def _another(api: ApiServer, headers: Mapping[str, str], body: Any) -> ApiResponse:
    response = api.store(headers, body)
    return ApiResponse(200, {}, response.text)


def _page(_api: ApiServer, _headers: Mapping[str, str], _body: Any) -> ApiResponse:
    """Another server under the same name."""
    return ApiResponse(200, {}, "<!doctype html>")


def _lost(_api: ApiServer, _headers: Mapping[str, str], body: Any) -> ApiResponse:
    """Accept the order, and store nothing."""
    replayed = {"Idempotent-Replayed": "true"} if len(_api.requests) > 1 else {}
    return ApiResponse(200, replayed, json.dumps({"orderId": body["orderId"]}))


# What is broken, the step that fails, and what its sentence says.
_FAILURES: dict[str, tuple[dict[str, Any], str, str]] = {
    "error": ({"respond": internal_error}, "accepted", "500 Internal server error"),
    "unavailable": ({"respond": _busy}, "accepted", "503 Service unavailable"),
    "no response": ({"respond": lambda *_: None}, "accepted", "no response from the API"),
    "another server": ({"respond": _page}, "accepted", "responded without an orderId"),
    "no idempotency": ({"respond": _another}, "replayed", "as a new order"),
    "not stored": ({"respond": _lost}, "stored", "not within 0.2 s"),
    "no relay": ({"consumers": None}, "published", "after the order was stored"),
    "no email": ({"consumers": ("audit",)}, "emailed", "after the order was published"),
    "no audit": ({"consumers": ("email",)}, "audited", "after the order was published"),
    "no policy": ({"page_headers": {}}, "storefront", "without a Content-Security-Policy"),
}


@pytest.mark.parametrize("name", _FAILURES)
def test_the_step_that_fails_is_named(api: ApiServer, name: str) -> None:
    """Whatever is broken, the error names the step, the runbook and `orderctl show`."""
    broken, step, text = _FAILURES[name]
    for attribute, value in broken.items():
        setattr(api, attribute, value)
    target = stack_of(api, storefrontUrl=api.url)
    with pytest.raises(SmokeTestError, match=text) as caught:
        run(target, replace(FAST, stack_option="--stack prod"))
    assert caught.value.step == step
    assert str(caught.value).startswith(f"{step}: ")
    assert RUNBOOK[step] in str(caught.value)
    assert "orderctl show smoke-test-" in str(caught.value)
    assert str(caught.value).endswith("--stack prod")
    assert api.operator.account.images(ORDERS_TABLE) == []


def test_a_failure_says_what_the_logs_say(api: ApiServer) -> None:
    """The error of a step has the last error of its function, and the order's timeline."""
    api.consumers = ("audit",)

    def refuse(server: ApiServer, headers: Mapping[str, str], body: Any) -> ApiResponse:
        response = server.store(headers, body)
        with server.operator.account.connection.refusing("SendEmail", "AccessDenied"):
            server.operator.deliver(response.body["orderId"], "email")
        return response

    api.respond = refuse
    with pytest.raises(SmokeTestError, match=r"last error: .*AccessDenied") as caught:
        run(stack_of(api), FAST)
    assert caught.value.order is not None
    assert {step.step for step in caught.value.order.steps} >= {"stored", "emailed"}


def test_a_refused_recipient_is_no_timeout(api: ApiServer) -> None:
    """A recipient that the mail system refuses fails the step at once, with the reason."""
    with (
        api.operator.account.connection.refusing(
            "SendEmail", "MessageRejected", message=f"Address blocklisted: {SIMULATOR}"
        ),
        pytest.raises(SmokeTestError, match="permanently refused") as caught,
    ):
        run(stack_of(api), replace(FAST, timeout_seconds=5))
    assert caught.value.step == "emailed"
    assert "not within" not in str(caught.value)
    assert SIMULATOR not in str(caught.value)


def test_late_events_find_markers(api: ApiServer) -> None:
    """An event that is delivered after a failed test stores no audit record and sends no email."""
    api.consumers = ()
    with pytest.raises(SmokeTestError, match="The order was removed") as caught:
        run(stack_of(api), FAST)
    assert caught.value.step == "emailed"
    orders, markers = (api.operator.account.images(name) for name in (ORDERS_TABLE, AUDIT_TABLE))
    assert (len(orders), len(markers)) == (0, 1)

    for queue in ("email", "audit"):
        (event,) = api.operator.account.receive(queue)
        api.operator.invoke(queue, queue_batch(event))
    assert api.operator.account.recipients() == []
    assert api.operator.account.images(AUDIT_TABLE) == markers


def test_a_kept_order_stays(api: ApiServer) -> None:
    """With `keep` the order stays, and the error has the command that shows it."""
    api.consumers = None
    with pytest.raises(
        SmokeTestError, match="The order stays: orderctl show smoke-test-"
    ) as caught:
        run(stack_of(api), replace(FAST, keep=True))
    (order,) = api.operator.account.orders()
    assert str(caught.value).endswith(order["orderId"])


def test_an_order_that_cannot_be_removed_fails(api: ApiServer) -> None:
    """All steps pass, but the order stays: the test fails, and names the AWS error."""
    with (
        api.operator.connection.refusing("DeleteItem", "AccessDeniedException"),
        pytest.raises(SmokeTestError, match=r"removed: .*AccessDeniedException"),
    ):
        run(stack_of(api), FAST)


def test_an_interrupted_test_removes_its_order(
    api: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C at any step ends the test, and the order is removed."""

    def interrupt(step: Step) -> None:
        if step.name == "stored":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(SignalExit), interruptible("removed."):
        run(stack_of(api), FAST, interrupt)
    assert api.operator.account.images(ORDERS_TABLE) == []
    assert "\nThe order was removed; " in capsys.readouterr().err


def test_an_interrupted_request_may_be_stored_later(
    api: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """After Ctrl-C before the response, the order is not reported as removed."""

    def interrupt(server: ApiServer, headers: Mapping[str, str], body: Any) -> ApiResponse:
        signal.pthread_kill(main.ident or 0, signal.SIGINT)
        time.sleep(0.2)
        return server.store(headers, body)

    main = threading.main_thread()

    api.respond = interrupt
    with pytest.raises(KeyboardInterrupt):
        run(stack_of(api), FAST)
    assert "\nIt may be stored later, and expires then; " in capsys.readouterr().err


def test_a_request_is_sent_again_while_the_api_is_unavailable(api: ApiServer) -> None:
    """A 503 is no failure while there is time: the same order is sent again."""

    def recover(server: ApiServer, headers: Mapping[str, str], body: Any) -> ApiResponse:
        return (_busy if len(server.requests) == 1 else ApiServer.store)(server, headers, body)

    api.respond = recover
    assert names(run(stack_of(api), replace(FAST, timeout_seconds=10))) == DIRECT
    assert len({headers["Idempotency-Key"] for headers, _ in api.requests}) == 1


def test_an_unreachable_api_fails_the_first_step(api: ApiServer) -> None:
    """An API whose name or port nobody serves fails the step `accepted`."""
    with pytest.raises(SmokeTestError, match="accepted: the API could not be reached"):
        run(stack_of(api, ordersUrl="http://127.0.0.1:9/orders"), FAST)


def test_the_relays_log_shows_a_publication(api: ApiServer) -> None:
    """Where no consumer has processed the event, the relay's log shows that it is published."""
    api.consumers = ()
    steps: list[Step] = []
    with pytest.raises(SmokeTestError) as caught:
        run(stack_of(api), FAST, steps.append)
    assert names(steps) == ["accepted", "replayed", "stored", "published"]
    assert caught.value.step == "emailed"


@pytest.mark.parametrize("consumers", [("email", "audit"), ("audit",), None])
def test_the_calls_are_those_of_the_table(
    api: ApiServer, consumers: tuple[str, ...] | None
) -> None:
    """Every AWS operation, whether the test passes or fails, is in the table of permissions."""
    api.consumers = consumers
    api.operator.add_dead_letters(1)
    with contextlib.suppress(SmokeTestError):
        run(stack_of(api), FAST)
    allowed = {name for permission in PERMISSIONS for name in permission.operations}
    assert set(api.operator.operations) - allowed == set()


def test_the_runbook_has_every_section() -> None:
    """Each step leads to an existing heading."""
    for target in RUNBOOK.values():
        page, _, anchor = target.partition("#")
        headings = [
            line.lstrip("# ").strip().lower().replace(" ", "-").replace("'", "")
            for line in (ROOT / page).read_text().splitlines()
            if line.startswith("#")
        ]
        assert anchor in headings, target
