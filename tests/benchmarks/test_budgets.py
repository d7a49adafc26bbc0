"""Budgets of each function: counts that are the same on every machine, so that growth is seen."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import boto3
import pytest

from benchmarks import environment
from benchmarks.events import BATCH, api_event, orders
from benchmarks.process import Measurement, Subject, measure
from benchmarks.subjects import pipeline
from infra.functions.bundle import Bundler, Target
from tests.support.functions import ENVIRONMENT

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Limits of a function, a few percent above what it takes.

    Attributes:
        modules: Modules that import and first call load, those of Python included.
        calls: AWS calls per order, in batches of ten where there are batches.
        instructions: Of import and first call, as a share of those of a handler that makes one
            call with boto3.
    """

    modules: int
    calls: float
    instructions: float


_BUDGETS: Final = {
    "orders": Budget(modules=322, calls=1, instructions=0.80),
    "intake": Budget(modules=322, calls=1, instructions=0.79),
    "processor": Budget(modules=312, calls=1, instructions=0.80),
    "relay": Budget(modules=304, calls=0.1, instructions=0.77),
    "email": Budget(modules=345, calls=2.1, instructions=1.05),
    "audit": Budget(modules=302, calls=0.1, instructions=0.76),
}

# From the creation of the orders to the last function's measurement.
_MEASURING: Final = timedelta(minutes=1)

# They are compiled, as those of the Lambda runtime are.
_PACKAGES_OF_BOTO3: Final = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3")
_WITH_BOTO3: Final = """
import boto3

table = boto3.resource("dynamodb").Table("orders")

def handle(event, context):
    table.put_item(Item={"orderId": "1"})
"""
_EMPTY: Final = """
def handle(event, context):
    pass
"""


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Subject]:
    """Every function in the budgets, unpacked from its bundle for this machine, with events."""
    folder = tmp_path_factory.mktemp("functions")
    _wait_for_the_hour()
    bundler = Bundler(with_dependencies=True, target=Target.of_this_machine())
    folders = {name: environment.unpack(bundler.bundle(name), folder / name) for name in _BUDGETS}
    variables = dict.fromkeys(_BUDGETS, ENVIRONMENT)
    run = partial(_measure, record_bodies=True)
    return {each.name: each for each in pipeline(variables, folders, orders(BATCH), run)}


@pytest.fixture(scope="module")
def measured(functions: dict[str, Subject]) -> dict[str, Measurement]:
    """What each function took."""
    return {name: _measure(subject) for name, subject in functions.items()}


def _wait_for_the_hour() -> None:
    """Wait for the next hour of the clock if it is near.

    The email function counts orders of an earlier hour with calls of their own.
    """
    now = datetime.now(UTC)
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if next_hour - now < _MEASURING:
        time.sleep((next_hour - now).total_seconds())


def _measure(
    subject: Subject, *, record_bodies: bool = False, prefix: tuple[str, ...] = ()
) -> Measurement:
    """Measure a function without Lambda's runtime client, which counts for nothing here."""
    return measure(
        subject,
        Path(sys.executable),
        runtime_client=False,
        record_bodies=record_bodies,
        prefix=prefix,
    )


@pytest.mark.parametrize("name", _BUDGETS)
def test_a_function_imports_few_modules(measured: dict[str, Measurement], name: str) -> None:
    """Import and first call load no more modules than the budget allows."""
    assert len(measured[name].modules) <= _BUDGETS[name].modules, measured[name].modules


@pytest.mark.parametrize("name", _BUDGETS)
def test_an_order_costs_few_calls(measured: dict[str, Measurement], name: str) -> None:
    """An order costs no more AWS calls than the budget allows."""
    assert sum(measured[name].calls.values()) <= _BUDGETS[name].calls, measured[name].calls


@pytest.fixture(scope="module")
def instructions_with_boto3(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, int]:
    """The instructions of a process with an empty handler, and with one that uses boto3."""
    folder = tmp_path_factory.mktemp("handlers")
    for package in _PACKAGES_OF_BOTO3:
        installed = Path(boto3.__file__).parents[1] / package
        environment.compile_folder(installed, Path(sys.executable))
    (folder / "empty.py").write_text(_EMPTY, encoding="utf-8")
    (folder / "boto.py").write_text(_WITH_BOTO3, encoding="utf-8")
    event = api_event(orders(1)[0])
    empty, boto = (
        _instructions(
            Subject(
                name=name, folder=folder, handler=f"{name}.handle", variables={}, events=[event]
            )
        )
        for name in ("empty", "boto")
    )
    return empty, boto


def _instructions(subject: Subject) -> int:
    """Count the instructions of a process that imports a function and calls it once."""
    out = subject.folder.parent / f"{subject.name}.callgrind"
    valgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
    once = Subject(**{**vars(subject), "events": subject.events[:1]})
    _measure(once, prefix=valgrind)
    (summary,) = (line for line in out.read_text().splitlines() if line.startswith("summary: "))
    return int(summary.split()[1])


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind counts the instructions")
@pytest.mark.parametrize("name", _BUDGETS)
def test_a_cold_start_takes_few_instructions(
    functions: dict[str, Subject], instructions_with_boto3: tuple[int, int], name: str
) -> None:
    """Import and first call take no more instructions than the budget allows."""
    empty, boto = instructions_with_boto3
    share = (_instructions(functions[name]) - empty) / (boto - empty)
    assert share <= _BUDGETS[name].instructions
