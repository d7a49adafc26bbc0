"""The smoke test in a mocked account: the real handlers behind an API over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner

from orderctl.cli_support import Settings
from orderctl.stack import Outputs
from release import cli
from release.smoke import SmokeOptions, SmokeTestError, run
from release.smoke_api import SIMULATOR
from release.smoke_model import RUNBOOK
from release.smoke_permissions import PERMISSIONS
from tests.release.support.api_server import ApiServer, serving
from tests.support.deliveries import queue_batch
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE
from tests.support.mock_account import ApiResponse
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.signals import SignalExit, interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from orderctl.stack import Stack
    from release.smoke_model import Step
    from tests.orderctl.support.operator import OperatorStack

_TOKEN = "e30.e30.e30"
_FAST = SmokeOptions(timeout_seconds=0.2, storefront_seconds=0.1, poll_seconds=0.01)
_DIRECT = ["accepted", "replayed", "stored", "published", "emailed", "audited"]


@pytest.fixture
def api(operator: OperatorStack) -> Iterator[ApiServer]:
    """The API of the mocked account."""
    with serving(operator) as server:
        yield server


def _outputs(api: ApiServer, **changes: Any) -> dict[str, Any]:
    """The outputs of a stack with direct ingestion."""
    queues = {
        name: {key: url for key, url in api.operator.outputs[name].items() if key != "orders"}
        for name in ("queueUrls", "deadLetterQueueUrls")
    }
    own = {"ordersUrl": f"{api.url}/orders", "auth": "none", "emailTransport": "ses"}
    return {**api.operator.outputs, **queues, **own, **changes}


def _stack(api: ApiServer, **changes: Any) -> Stack:
    return replace(api.operator.stack, outputs=Outputs.model_validate(_outputs(api, **changes)))


def _names(steps: Sequence[Step]) -> list[str]:
    return [step.name for step in steps]


def _items(operator: OperatorStack) -> dict[str, list[dict[str, Any]]]:
    return {
        table: operator.account.images(table)
        for table in (ORDERS_TABLE, AUDIT_TABLE, SENT_EMAILS_TABLE)
    }


def test_an_order_is_followed_and_leaves_nothing(api: ApiServer) -> None:
    """A healthy stack passes every step in order, and no table holds an item afterwards."""
    steps: list[Step] = []
    assert run(_stack(api), _FAST, steps.append) == steps
    assert _names(steps) == _DIRECT
    assert [step.seconds for step in steps] == sorted(step.seconds for step in steps)
    assert api.operator.account.recipients() == [SIMULATOR]
    assert not any(_items(api.operator).values())


def test_the_order_is_marked_as_synthetic(api: ApiServer) -> None:
    """The customer is `smoke-test`, whose name is no person's, and ID and key show it, too."""
    run(_stack(api), _FAST)
    (headers, body), replay = api.requests
    assert replay[1] == body
    assert (body["customerId"], body["customerName"]) == ("smoke-test", "Smoke Test")
    assert body["orderId"] == headers["Idempotency-Key"]
    assert body["orderId"].startswith("smoke-test-")


def test_frequent_tests_do_not_reach_the_limit(api: ApiServer) -> None:
    """The recipient's hourly counter does not grow, however often the test runs."""
    for _ in range(2):
        run(_stack(api), _FAST)
    assert _items(api.operator)[SENT_EMAILS_TABLE] == []


def _error(_api: ApiServer, _headers: Mapping[str, str], _body: Any) -> ApiResponse:
    text = json.dumps({"error": "Internal server error", "requestId": "1"})
    return ApiResponse(500, {}, text)


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
    "error": ({"respond": _error}, "accepted", "500 Internal server error"),
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
    target = _stack(api, storefrontUrl=api.url)
    with pytest.raises(SmokeTestError, match=text) as caught:
        run(target, replace(_FAST, stack_option="--stack prod"))
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
        run(_stack(api), _FAST)
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
        run(_stack(api), replace(_FAST, timeout_seconds=5))
    assert caught.value.step == "emailed"
    assert "not within" not in str(caught.value)
    assert SIMULATOR not in str(caught.value)


def test_late_events_find_markers(api: ApiServer) -> None:
    """An event that is delivered after a failed test stores no audit record and sends no email."""
    api.consumers = ()
    with pytest.raises(SmokeTestError, match="The order was removed") as caught:
        run(_stack(api), _FAST)
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
        run(_stack(api), replace(_FAST, keep=True))
    (order,) = api.operator.account.orders()
    assert str(caught.value).endswith(order["orderId"])


def test_an_order_that_cannot_be_removed_fails(api: ApiServer) -> None:
    """All steps pass, but the order stays: the test fails, and names the AWS error."""
    with (
        api.operator.connection.refusing("DeleteItem", "AccessDeniedException"),
        pytest.raises(SmokeTestError, match=r"removed: .*AccessDeniedException"),
    ):
        run(_stack(api), _FAST)


def test_an_interrupted_test_removes_its_order(api: ApiServer) -> None:
    """Ctrl-C at any step ends the test, and the order is removed."""

    def interrupt(step: Step) -> None:
        if step.name == "stored":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(SignalExit), interruptible("removed."):
        run(_stack(api), _FAST, interrupt)
    assert api.operator.account.images(ORDERS_TABLE) == []


def test_a_request_is_sent_again_while_the_api_is_unavailable(api: ApiServer) -> None:
    """A 503 is no failure while there is time: the same order is sent again."""

    def recover(server: ApiServer, headers: Mapping[str, str], body: Any) -> ApiResponse:
        return (_busy if len(server.requests) == 1 else ApiServer.store)(server, headers, body)

    api.respond = recover
    assert _names(run(_stack(api), replace(_FAST, timeout_seconds=10))) == _DIRECT
    assert len({headers["Idempotency-Key"] for headers, _ in api.requests}) == 1


def test_an_unreachable_api_fails_the_first_step(api: ApiServer) -> None:
    """An API whose name or port nobody serves fails the step `accepted`."""
    with pytest.raises(SmokeTestError, match="accepted: the API could not be reached"):
        run(_stack(api, ordersUrl="http://127.0.0.1:9/orders"), _FAST)


def test_the_relays_log_shows_a_publication(api: ApiServer) -> None:
    """Where no consumer has processed the event, the relay's log shows that it is published."""
    api.consumers = ()
    steps: list[Step] = []
    with pytest.raises(SmokeTestError) as caught:
        run(_stack(api), _FAST, steps.append)
    assert _names(steps) == ["accepted", "replayed", "stored", "published"]
    assert caught.value.step == "emailed"


@contextlib.contextmanager
def _with_keys(api: ApiServer, *keys: str) -> Iterator[Stack]:
    """A stack whose API has a usage plan with these keys, beside a plan of another API."""
    target = _stack(api, auth="apiKey", apiId="own", apiKeys="[secret]")
    gateway = target.client("sts").meta  # as a client of the same region
    client = boto3.client("apigateway", region_name=gateway.region_name)
    with Stubber(client) as stub:
        plans = [
            {"id": f"plan-{api_id}", "apiStages": [{"apiId": api_id, "stage": "prod"}]}
            for api_id in ("another", "own")
        ]
        stub.add_response("get_usage_plans", {"items": plans}, {})
        items = [{"id": f"id-of-{key}"} for key in keys]
        stub.add_response("get_usage_plan_keys", {"items": items}, {"usagePlanId": "plan-own"})
        for key in keys[:1]:
            parameters = {"apiKey": f"id-of-{key}", "includeValue": True}
            stub.add_response("get_api_key", {"value": key}, parameters)
        yield replace(
            target,
            client=lambda name: client if name == "apigateway" else api.operator.stack.client(name),
        )


def test_an_api_key_is_read_from_api_gateway(api: ApiServer) -> None:
    """With `auth: apiKey` the request has the first key of this API's usage plan."""
    with _with_keys(api, "first", "second") as target:
        assert _names(run(target, _FAST)) == _DIRECT
    assert {headers["X-Api-Key"] for headers, _ in api.requests} == {"first"}


def test_a_given_api_key_is_used(api: ApiServer) -> None:
    """With `auth: apiKey` and a key as credential, API Gateway is not asked."""
    target = _stack(api, auth="apiKey", apiId="own")
    assert _names(run(target, replace(_FAST, credential="given"))) == _DIRECT
    assert {headers["X-Api-Key"] for headers, _ in api.requests} == {"given"}


def test_an_api_without_a_key_is_an_error(api: ApiServer) -> None:
    """With `auth: apiKey` and no key in the usage plan, nothing is sent."""
    with (
        _with_keys(api) as target,
        pytest.raises(UserError, match="no usage plan with an API key; use --credentials"),
    ):
        run(target, _FAST)
    assert api.requests == []


def test_a_request_is_signed_for_its_region(api: ApiServer) -> None:
    """With `auth: iam` the user's credentials sign for the stack's region."""
    assert _names(run(_stack(api, auth="iam", region="eu-north-1"), _FAST)) == _DIRECT
    for headers, _ in api.requests:
        assert "Credential=testing/" in headers["Authorization"]
        assert "/eu-north-1/execute-api/aws4_request" in headers["Authorization"]


@pytest.mark.parametrize("auth", ["none", "iam"])
def test_a_domain_name_is_called_at_this_stacks_endpoint(api: ApiServer, auth: str) -> None:
    """The name may lead to another region; the request goes to the stack's, and names the name."""
    target = _stack(
        api,
        auth=auth,
        ordersUrl="http://api.shop-orders.invalid/orders",
        domainTarget=api.url.removeprefix("http://"),
    )
    assert _names(run(target, _FAST)) == _DIRECT
    assert {headers["Host"] for headers, _ in api.requests} == {"api.shop-orders.invalid"}


def test_a_token_decides_the_customer(api: ApiServer) -> None:
    """With `auth: jwt` the request has the token, and names neither customer nor orderId."""
    target = _stack(api, auth="jwt")
    assert _names(run(target, replace(_FAST, credential=_TOKEN))) == _DIRECT
    for headers, body in api.requests:
        assert headers["Authorization"] == f"Bearer {_TOKEN}"
        assert not body.keys() & {"customerId", "orderId"}
    assert not any(_items(api.operator).values())


def test_a_missing_token_is_an_error(api: ApiServer) -> None:
    """With `auth: jwt` and no token, nothing is sent, and the exit code is that of wrong usage."""
    with pytest.raises(UserError, match="--credentials") as caught:
        run(_stack(api, auth="jwt"), _FAST)
    assert (caught.value.exit_code, api.requests) == (2, [])


@pytest.mark.parametrize("auth", ["none", "iam"])
def test_credentials_without_effect_are_an_error(api: ApiServer, auth: str) -> None:
    """A token or key that the stack's API does not ask for is a mistake, and not sent."""
    with pytest.raises(UserError, match=f"no effect: the stack's auth is {auth}") as caught:
        run(_stack(api, auth=auth), replace(_FAST, credential=_TOKEN))
    assert (caught.value.exit_code, api.requests) == (2, [])


@pytest.mark.parametrize("missing", ["auth", "ordersUrl"])
def test_outputs_of_older_versions_are_an_error(api: ApiServer, missing: str) -> None:
    """Outputs without the authentication or the URL are not guessed."""
    with pytest.raises(UserError, match="deploy this version first"):
        run(_stack(api, **{missing: None}), _FAST)


@pytest.mark.parametrize(
    ("transport", "option", "expected"),
    [
        ("ses", None, SIMULATOR),
        ("smtp", None, "orders@shop.example.com"),
        ("smtp", "ops@shop.example.com", "ops@shop.example.com"),
    ],
)
def test_the_recipient(api: ApiServer, transport: str, option: str | None, expected: str) -> None:
    """The recipient is the option's, else the simulator of SES, else the sender."""
    target = _stack(api, emailTransport=transport, emailFrom="orders@shop.example.com")
    run(target, replace(_FAST, recipient=option))
    assert api.requests[0][1]["customerEmail"] == expected


def test_an_invalid_recipient_is_an_error(api: ApiServer) -> None:
    """A recipient that no mail system delivers to is wrong usage, and not shown."""
    with pytest.raises(UserError, match="--recipient: Must be a valid email address") as caught:
        run(_stack(api), replace(_FAST, recipient="nobody"))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("consumers", [("email", "audit"), ("audit",), None])
def test_the_calls_are_those_of_the_table(
    api: ApiServer, consumers: tuple[str, ...] | None
) -> None:
    """Every AWS operation, whether the test passes or fails, is in the table of permissions."""
    api.consumers = consumers
    api.operator.add_dead_letters(1)
    with contextlib.suppress(SmokeTestError):
        run(_stack(api), _FAST)
    allowed = {name for permission in PERMISSIONS for name in permission.operations}
    assert set(api.operator.operations) - allowed == set()


@pytest.fixture
def smoke(api: ApiServer, tmp_path: Path) -> Callable[..., Any]:
    """Run `python -m release smoke` on the mocked account."""

    def invoke(*arguments: str, stdin: str | None = None, **outputs: Any) -> Any:
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps(_outputs(api, **outputs)))
        settings = Settings(connect=api.operator.connector())
        options = ["smoke", "--outputs", str(file), *arguments]
        return CliRunner().invoke(cli.app, options, input=stdin, obj=settings)

    return invoke


def test_the_command_prints_each_step(smoke: Callable[..., Any]) -> None:
    """The command prints a line for each step with its time, and ends with 0."""
    result = smoke()
    assert result.exit_code == 0, result.stderr
    *lines, last = result.stdout.splitlines()
    assert [line.split()[2] for line in lines] == _DIRECT
    assert last == "The smoke test passed."


def test_the_command_as_json(smoke: Callable[..., Any], api: ApiServer) -> None:
    """With --json it prints one object, also about a failure, whose exit code is 1."""
    data = json.loads(smoke("--json").stdout)
    assert (data["passed"], data["failedStep"]) == (True, None)
    assert [step["name"] for step in data["steps"]] == _DIRECT
    api.respond = _error
    result = smoke("--json")
    assert (result.exit_code, json.loads(result.stdout)["failedStep"]) == (1, "accepted")
    assert result.stderr.startswith("accepted: the API responded with 500")


def test_neither_addresses_nor_credentials_are_printed(
    smoke: Callable[..., Any], api: ApiServer
) -> None:
    """Whether it passes or fails, the output has no email address and no token."""
    for consumers in (("email", "audit"), ("audit",)):
        api.consumers = consumers
        result = smoke("--credentials", "-", "--timeout", "1", stdin=_TOKEN, auth="jwt")
        for text in (_TOKEN, SIMULATOR, "success@"):
            assert text not in result.output


def test_credentials_come_from_a_file(smoke: Callable[..., Any], tmp_path: Path) -> None:
    """A token in a file is used; one that is missing, or two from standard input, are errors."""
    file = tmp_path / "token"
    file.write_text(f"{_TOKEN}\n")
    assert smoke("--credentials", str(file), auth="jwt").exit_code == 0
    missing = smoke("--credentials", str(tmp_path / "nothing"), auth="jwt")
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (1, True)
    file.write_text("")
    assert "must hold a token" in smoke("--credentials", str(file), auth="jwt").stderr


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
