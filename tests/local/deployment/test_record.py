"""The record of the deployed resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.record import Record
from local.deployment.resources import Resource

if TYPE_CHECKING:
    from pathlib import Path


def _queue(name: str) -> Resource:
    return Resource(kind="aws:sqs/queue:Queue", name=name, id=name, inputs={}, outputs={})


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    """What a killed update was writing is not read, and what is recorded later is."""
    path = tmp_path / "resources.jsonl"
    Record(path).put(_queue("first"))
    with path.open("a", encoding="utf-8") as journal:
        journal.write('{"put":{"kind":"aws:sqs')
    Record(path).put(_queue("second"))
    assert Record(path).resources == (_queue("first"), _queue("second"))
