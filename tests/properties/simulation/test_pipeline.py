"""The promise, held against a model: whatever comes in between, nothing is lost and nothing is done twice."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.simulation.injections import CALLS, Kind, Trouble
from tests.properties.simulation.queues import Handover
from tests.properties.simulation.simulation import World
from tests.properties.simulation.state_machine import PipelineModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.mock_account import MockAccount

_FRONT = {"orders", "intake"}
_QUEUED = {"intake", "processor"}

# The note is taken back only after the e-mail was refused.
_BEFOREHAND = {"DeleteItem": [Trouble(Kind.THROTTLED, "SendEmail")]}

# The email function counts a recipient's confirmations before it sends, and notes the e-mail as sent afterwards.
_NUMBERS = {("email", "UpdateItem"): (1, 2)}

EVERYTHING_AT_EVERY_CALL = [
    (function, trouble)
    for function, operations in CALLS.items()
    for operation in operations
    for number in _NUMBERS.get((function, operation), (1,))
    for trouble in (Trouble(kind, operation, number) for kind in Kind)
    if trouble.possible and not (function in _FRONT and trouble.kind is Kind.OVERTAKEN)
]

_SETTINGS = settings(
    deadline=None,
    stateful_step_count=18,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=[*HealthCheck],  # as Hypothesis has it for state machines
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep what the functions log of thousands of faults from burying the one story that a failure tells."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def hold(
    account: MockAccount, *, queued: bool, settings: settings, number: int | None = None
) -> None:
    """Run the model in a world of one of the two kinds; a number makes another run of it."""

    class Pipeline(PipelineModel):
        def __init__(self) -> None:
            super().__init__(World(account, queued=queued, tell=lambda line: note(f"# {line}")))

    run_state_machine_as_test(
        Pipeline if number is None else seed(number)(Pipeline), settings=settings
    )


@pytest.mark.parametrize(("function", "trouble"), EVERYTHING_AT_EVERY_CALL, ids=str)
def test_whatever_comes_in_between_is_made_good(
    account: MockAccount, function: str, trouble: Trouble
) -> None:
    """Whichever call of a function it dies at, or is refused, or not heard: the order arrives, and but for SES once."""
    story: list[str] = []
    model = PipelineModel(World(account, queued=function in _QUEUED, tell=story.append))

    model.an_order_is_sent(by="a key", trouble=trouble.kind if function in _FRONT else None)
    for name, channel in model.world.channels.items():
        if channel.waiting:
            troubles = (
                [*_BEFOREHAND.get(trouble.operation, []), trouble] if name == function else []
            )
            model.aws_delivers(handover=Handover(name, list(channel.waiting), troubles))
            model.the_promise_holds()
    model.teardown()

    assert [line for line in story if repr(trouble) in line]
    assert model.world.emailed.total() == 1 + model.world.second_emails.total()


def test_nothing_is_lost_or_doubled_where_orders_are_stored_at_once(account: MockAccount) -> None:
    """Whatever dies, fails, repeats itself or comes in another sequence, an order that was answered 200 arrives."""
    hold(account, queued=False, settings=settings(_SETTINGS, max_examples=60, derandomize=True))


def test_nothing_is_lost_or_doubled_where_orders_are_queued(account: MockAccount) -> None:
    """Whatever dies, fails, repeats itself or comes in another sequence, an order that was answered 202 arrives."""
    hold(account, queued=True, settings=settings(_SETTINGS, max_examples=60, derandomize=True))


@pytest.mark.thorough
@pytest.mark.parametrize("queued", [False, True], ids=["at once", "queued"])
def test_longer_stories_end_well_too(account: MockAccount, *, queued: bool) -> None:
    """Hundreds of longer stories, other ones each time, end as the shorter ones do."""
    number = secrets.randbelow(2**32)
    print(f"the seed of this run: {number}")  # noqa: T201 - pytest shows it where the test fails
    thorough = settings(_SETTINGS, max_examples=400, stateful_step_count=50, database=None)
    hold(account, queued=queued, settings=thorough, number=number)
