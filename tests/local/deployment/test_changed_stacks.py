"""A deployed stack becomes each of the examples, and nothing at last."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.calls import caller_of
from local.deployment import deployer, overrides
from local.deployment.record import Record
from local.emulator.emulator import Emulator
from tooling import stackfile
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.stackfile import StackFile

_STACKS = ("local", "http-platform", "queue-first", "event-driven", "dev", "orders-100", "local")


def _settings(name: str) -> StackFile:
    """Return an example's settings under the name of one stack."""
    settings = stackfile.load(name, ROOT, stackfile.find(name, ROOT))
    overridden, _ = overrides.apply(settings)
    return replace(overridden, stack="local")


@pytest.mark.thorough
def test_a_stack_becomes_each_of_the_others(tmp_path: Path) -> None:
    """After each update orders are accepted, and another update with the same settings is none."""
    record = Record(tmp_path / "resources.jsonl")
    with Emulator() as emulator:
        target = deployer.target_of(emulator.client, emulator.url, "http://127.0.0.1:1")
        for name in _STACKS:
            settings = _settings(name)
            outputs, changes = deployer.update(target, settings, record)
            assert changes, name
            response = caller_of(emulator, settings, outputs).send(str(uuid.uuid4()))
            assert response.is_success, (name, response.text)
            again, changes = deployer.update(target, settings, record)
            assert (again, bool(changes)) == (outputs, False), name
        deployer.update(target, settings, record, function=lambda: None)
        assert record.resources == ()
        assert not emulator.client("dynamodb").list_tables()["TableNames"]
        assert not emulator.client("lambda").list_functions()["Functions"]
        assert not emulator.client("sqs").list_queues().get("QueueUrls")
        assert not emulator.client("sns").list_topics()["Topics"]
        assert not emulator.client("s3").list_buckets()["Buckets"]
