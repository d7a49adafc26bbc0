"""Faults that `local.faults` injects: what the caller of each hop gets, and what comes after."""

from __future__ import annotations

import contextlib
import functools
import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from local import cli
from local.faults import Fault, Faults
from tests.e2e.faults.support.rig import StackRig, rig_without_proxy
from tests.support.permissions import CODE
from tests.support.polling import eventually, never
from tooling.errors import UserError
from tooling.running import RunningStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local.emulator.emulator import Emulator

_DELAY_SECONDS = 2
_KILLED = "Runtime exited with error: signal: killed"


class Case(NamedTuple):
    """A fault, and what the caller of its hop gets: a status at the API, else a text in its log.

    A throttled function does not log; its caller, an event source mapping, retries.
    """

    hop: str
    effect: Any
    caller_gets: int | str | None

    @property
    def function(self) -> str:
        """The hop's function."""
        return self.hop.partition(":")[0]

    @property
    def fault(self) -> Fault:
        """The fault to inject."""
        seconds = _DELAY_SECONDS if self.effect == "delay" else 0
        return Fault(hop=self.hop, effect=self.effect, seconds=seconds)

    @property
    def name(self) -> str:
        """The name in test reports."""
        return f"{self.hop}-{self.effect}"


_AT_API = {
    "direct": [
        Case("orders", "refuse", 503),
        Case("orders", "delay", 200),
        Case("orders", "crash", 500),
        Case("orders:dynamodb", "refuse", 503),
        Case("orders:dynamodb", "delay", 200),
        Case("orders:dynamodb", "crash", 500),
    ],
    "queued": [
        Case("intake", "refuse", 503),
        Case("intake", "delay", 202),
        Case("intake", "crash", 500),
        Case("intake:sqs", "refuse", 503),
        Case("intake:sqs", "delay", 202),
        Case("intake:sqs", "crash", 500),
    ],
}
_THROTTLED = {
    "dynamodb": "ThrottlingException",
    "ses": "TooManyRequestsException",
    "sns": "Throttled",
}


def _behind_api(*hops: str) -> Iterator[Case]:
    for hop in hops:
        service = hop.partition(":")[2]
        yield Case(hop, "refuse", _THROTTLED[service] if service else None)
        yield Case(hop, "delay", "")
        yield Case(hop, "crash", _KILLED)


_WORKFLOWS = ("email", "email:dynamodb", "email:ses", "audit", "audit:dynamodb")
_BEHIND_API = {
    "direct": [*_behind_api("relay", "relay:sns", *_WORKFLOWS)],
    "queued": [*_behind_api("processor", "processor:dynamodb")],
}
# The others take minutes.
_ALWAYS = {"orders-refuse", "orders:dynamodb-crash", "email-crash", "email:ses-refuse"}


def _parameters(cases: dict[str, list[Case]]) -> list[Any]:
    return [
        pytest.param(
            ingestion,
            case,
            id=case.name,
            marks=() if case.name in _ALWAYS else pytest.mark.thorough,
        )
        for ingestion, its_cases in cases.items()
        for case in its_cases
    ]


@pytest.fixture(scope="module")
def rigs(emulator: Emulator) -> Callable[[str], StackRig]:
    """A stack for each ingestion."""
    return functools.cache(
        lambda ingestion: rig_without_proxy(emulator, f"injection-{ingestion}", ingestion)
    )


@pytest.mark.parametrize(
    "ingestion", ["direct", pytest.param("queued", marks=pytest.mark.thorough)]
)
def test_every_call_of_every_function_is_a_hop(
    rigs: Callable[[str], StackRig], ingestion: str
) -> None:
    """The hops are the functions and the services that their code calls, without Lambda's own."""
    rig = rigs(ingestion)
    functions = rig.stack.outputs["functionNames"]
    calls = {
        f"{function}:{action.partition(':')[0]}"
        for permission in CODE
        for function in permission.resources
        for action in permission.actions
        if function in functions and not action.startswith("secretsmanager")
    }
    assert {*_faults(rig).hops()} == {*functions, *calls}
    tested = {case.hop for case in (*_AT_API[ingestion], *_BEHIND_API[ingestion])}
    assert tested <= {*functions, *calls}
    if ingestion == "direct":
        assert tested == {*functions, *calls}


@pytest.mark.parametrize(("ingestion", "case"), _parameters(_AT_API))
def test_a_client_gets_the_fault_and_its_retry_succeeds(
    rigs: Callable[[str], StackRig], ingestion: str, case: Case
) -> None:
    """A fault of the API's function is a response of AWS; sent again, the order arrives once."""
    rig, key = rigs(ingestion), str(uuid4())
    with _injected(rig, case):
        start = time.monotonic()
        response = rig.stack.post(key=key)
        seconds = time.monotonic() - start
    assert response.status_code == case.caller_gets, response.text
    assert case.effect != "delay" or seconds >= _DELAY_SECONDS
    again = rig.stack.post(key=key)
    assert again.status_code == rig.accepted
    carried_out = case.effect == "delay" or case.name == "orders:dynamodb-crash"
    if ingestion == "direct":
        assert ("Idempotent-Replayed" in again.headers) == carried_out
    order_id = again.json()["orderId"]
    assert rig.wait_until_quiet([order_id]).mismatches([order_id]) == []


@pytest.mark.parametrize(("ingestion", "case"), _parameters(_BEHIND_API))
def test_an_accepted_order_arrives_after_the_fault(
    rigs: Callable[[str], StackRig], ingestion: str, case: Case
) -> None:
    """A fault behind the API delays an order, which arrives once after it, as by a redrive."""
    rig = rigs(ingestion)
    lines = len(_log(rig, case.function))
    with _injected(rig, case):
        order_id = rig.order()
        start = time.monotonic()
        if case.effect == "delay":
            eventually(lambda: rig.audit().mismatches([order_id]) == [], "the order")
            assert time.monotonic() - start >= _DELAY_SECONDS
        elif case.caller_gets is None:
            never(lambda: len(_log(rig, case.function)) > lines, "an invocation")
        else:
            eventually(
                lambda: str(case.caller_gets) in "\n".join(_log(rig, case.function)[lines:]),
                f"{case.caller_gets} in the log of {case.function}",
            )
    counts = rig.wait_until_quiet([order_id])
    if case.name == "email:ses-crash":  # nobody knows that SES has accepted it
        assert counts.mismatches([order_id]) == [f"{order_id} is emailed 2 times"]
    else:
        assert counts.mismatches([order_id]) == []


def test_a_fault_survives_an_update_of_the_function(rigs: Callable[[str], StackRig]) -> None:
    """A new version of the function's code has the fault too."""
    rig = rigs("direct")
    functions, name = rig.stack.client("lambda"), rig.stack.outputs["functionNames"]["orders"]
    with _injected(rig, Case("orders", "refuse", 503)):
        functions.update_function_configuration(FunctionName=name, Description="Updated")
        assert rig.stack.post().status_code == 503
    assert rig.stack.post().status_code == 200


def test_faults_are_listed_replaced_and_removed(rigs: Callable[[str], StackRig]) -> None:
    """A hop has one fault, which is removed once or more."""
    faults = _faults(rigs("direct"))
    crash = Fault(hop="email:ses", effect="crash")
    refusal = Fault(hop="audit", effect="refuse")
    for fault in (Fault(hop="email:ses", effect="delay", seconds=1), refusal, crash):
        faults.inject(fault)
    assert faults.active() == [refusal, crash]
    assert [faults.remove(hop) for hop in ("audit", "email:ses", "audit")] == [True, True, False]
    assert faults.active() == []


def test_an_unknown_hop_is_one_sentence(rigs: Callable[[str], StackRig]) -> None:
    """A fault of an unknown hop names the hops."""
    faults = _faults(rigs("direct"))
    with pytest.raises(UserError, match=r"no hop 'emial:ses'; use audit, audit:dynamodb, email"):
        faults.inject(Fault(hop="emial:ses", effect="refuse"))
    with pytest.raises(UserError, match="no hop 'email:sqs'"):
        faults.remove("email:sqs")


def test_the_command_line_injects_lists_and_removes(
    rigs: Callable[[str], StackRig], tmp_path: Path
) -> None:
    """Each command is one line of output; what is not allowed is one sentence."""
    rig, running = rigs("direct"), RunningStack(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        options = cli.Options(running=running)
        result = CliRunner().invoke(cli.app, ["faults", *arguments], obj=options)
        assert result.exit_code == code, result.output
        return (result.stderr if code else result.stdout).removesuffix("\n")

    with running.lock():
        running.publish({**rig.stack.outputs, **rig.stack.emulator.connection})
        hops = run()
        assert hops.splitlines() == _faults(rig).hops()
        assert run("inject", "email:ses", "delay") == "Injected: email:ses delay 5 s."
        assert run("list") == hops.replace("email:ses", "email:ses delay 5 s")
        assert json.loads(run("list", "--json")) == {
            "hops": hops.splitlines(),
            "faults": [{"hop": "email:ses", "effect": "delay", "seconds": 5}],
        }
        assert run("inject", "audit", "explode", code=1) == (
            "'explode' is no effect; use refuse, delay, crash."
        )
        assert run("inject", "audit", "delay", "--seconds", "61", code=1) == (
            "A delay has 1 to 60 seconds, and not 61."
        )
        assert run("inject", "audit", "crash", "--seconds", "1", code=1) == (
            "Only a delay has seconds, and not the effect 'crash'."
        )
        assert run("inject", "stock", "crash", code=1).startswith("The stack has no hop 'stock'; ")
        assert run("remove", "email:ses") == "Removed the fault of email:ses."
        assert run("remove", "email:ses") == "email:ses has no fault."


def _faults(rig: StackRig) -> Faults:
    return Faults({**rig.stack.outputs, **rig.stack.emulator.connection})


@contextlib.contextmanager
def _injected(rig: StackRig, case: Case) -> Iterator[None]:
    faults = _faults(rig)
    faults.inject(case.fault)
    try:
        yield
    finally:
        faults.remove(case.hop)


def _log(rig: StackRig, function: str) -> list[str]:
    """Every line of a function's log."""
    group = f"/aws/lambda/{rig.stack.outputs['functionNames'][function]}"
    pages = rig.stack.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]
