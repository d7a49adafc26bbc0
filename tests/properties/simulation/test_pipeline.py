"""The pipeline under faults, checked against a model (see the package's docstring)."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.simulation.faults import CALLS, Fault, FaultKind
from tests.properties.simulation.queues import Invocation
from tests.properties.simulation.simulation import Simulation
from tests.properties.simulation.state_machine import PipelineModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.mock_account import MockAccount

_API_FUNCTIONS = {"orders", "intake"}
_QUEUED = {"intake", "processor"}

# Faults that lead to further calls: a record is deleted only after SES refused the email, and one
# whose insertion is repeated is taken over, like its counter, by an UpdateItem each.
_REFUSED = Fault(FaultKind.THROTTLED, "SendEmail")
_REPEATED = Fault(FaultKind.RETRIED, "BatchExecuteStatement")
_CALLS: list[tuple[str, str, int, list[Fault]]] = [
    *(
        (function, operation, 1, [_REFUSED] if operation == "DeleteItem" else [])
        for function, operations in CALLS.items()
        for operation in operations
    ),
    *(("email", "UpdateItem", number, [_REPEATED]) for number in (1, 2, 3)),
]

EVERY_FAULT = [
    (function, before, fault)
    for function, operation, number, before in _CALLS
    for fault in (Fault(kind, operation, number) for kind in FaultKind)
    if fault.possible and not (function in _API_FUNCTIONS and fault.kind is FaultKind.CONCURRENT)
]

_SETTINGS = settings(
    deadline=None,
    stateful_step_count=18,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=[*HealthCheck],  # as Hypothesis does for state machines
)


@pytest.fixture(autouse=True)
def _no_logs() -> Iterator[None]:
    """Keep the functions' logs out of the report of a failing run."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def run(
    account: MockAccount, *, queued: bool, settings: settings, number: int | None = None
) -> None:
    """Run the model with generated steps; `number` is a seed."""

    class Pipeline(PipelineModel):
        def __init__(self) -> None:
            super().__init__(Simulation(account, queued=queued, log=lambda line: note(f"# {line}")))

    run_state_machine_as_test(
        Pipeline if number is None else seed(number)(Pipeline), settings=settings
    )


@pytest.mark.parametrize(("function", "before", "fault"), EVERY_FAULT, ids=str)
def test_an_order_survives_every_single_fault(
    account: MockAccount, function: str, before: list[Fault], fault: Fault
) -> None:
    """With one fault at any call of any function, the order arrives; only SES may send twice."""
    log: list[str] = []
    model = PipelineModel(Simulation(account, queued=function in _QUEUED, log=log.append))

    is_api = function in _API_FUNCTIONS
    model.send_order(key_type="a key", fault=fault.kind if is_api else None)
    for name, queue in model.simulation.queues.items():
        if queue.waiting:
            faults = [*before, fault] if name == function else []
            model.deliver(invocation=Invocation(name, list(queue.waiting), faults))
            model.check_promise()
    model.teardown()

    assert [line for line in log if repr(fault) in line]
    assert model.simulation.emailed.total() == 1 + model.simulation.second_emails.total()


@pytest.mark.parametrize("queued", [False, True], ids=["direct", "queued"])
def test_nothing_is_lost_or_duplicated(account: MockAccount, *, queued: bool) -> None:
    """Whatever crashes, fails, repeats or is reordered, accepted orders arrive, once."""
    run(account, queued=queued, settings=settings(_SETTINGS, max_examples=60, derandomize=True))


@pytest.mark.thorough
@pytest.mark.parametrize("queued", [False, True], ids=["direct", "queued"])
def test_nothing_is_lost_or_duplicated_in_longer_runs(
    account: MockAccount, *, queued: bool
) -> None:
    """Hundreds of longer, random runs end as the shorter ones do."""
    number = secrets.randbelow(2**32)
    print(f"the seed of this run: {number}")  # noqa: T201 - pytest shows it if the test fails
    thorough = settings(_SETTINGS, max_examples=400, stateful_step_count=50, database=None)
    run(account, queued=queued, settings=thorough, number=number)
