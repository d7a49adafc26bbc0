"""Event logs of previews: which resources change, and which policies they violate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pulumi.automation.events import EngineEvent, OpType

from pipeline import events, report
from pipeline.events import Change, read
from tests.pipeline.support.samples import SUMMARY, step, violation, write
from tooling.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

_NO_CHANGE = {"same", "read", "read-replacement", "refresh", "remove-pending-replace"}


def _changes(folder: Path, *log: dict[str, object]) -> list[Change]:
    return list(read(write(folder, *log)).changes)


def test_every_operation_of_the_engine_is_known() -> None:
    """An operation of the locked Pulumi version is a change here, or is listed as none."""
    assert {op.value for op in OpType} == events.OPERATIONS.keys() | _NO_CHANGE


def test_the_sample_is_what_the_cli_writes() -> None:
    """The events of these tests have the names that Pulumi's own Automation API reads."""
    queue = EngineEvent.from_json(step("update", "orders", "tags")).resource_pre_event
    assert queue is not None
    assert (queue.metadata.op, list(queue.metadata.detailed_diff or ())) == ("update", ["tags"])
    assert queue.metadata.urn.endswith("::orders")
    policy = EngineEvent.from_json(violation("not encrypted")).policy_event
    assert policy is not None
    assert (policy.enforcement_level, policy.message) == ("mandatory", "not encrypted")
    assert EngineEvent.from_json(SUMMARY).summary_event is not None


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (["create"], "create"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["create-replacement", "replace", "delete-replaced"], "replace"),
        (["refresh", "update"], "update"),
        (["refresh", "same"], None),
        (["read"], None),
        (["same"], None),
    ],
)
def test_the_steps_of_a_resource_are_one_change(
    tmp_path: Path, operations: list[str], expected: str | None
) -> None:
    """A resource has one change, whose properties come from any of its steps."""
    first, *others = operations
    log = [step(first, "orders", "name"), *(step(each, "orders") for each in others), SUMMARY]
    names = () if expected in ("create", "delete") else ("name",)
    kind = "aws:sqs/queue:Queue"
    changes = _changes(tmp_path, *log)
    if expected is None:
        assert changes == []
        return
    (change,) = changes
    assert (change.operation, change.type, change.name) == (expected, kind, "orders")
    assert set(change.properties) <= set(names)


def test_a_replacement_names_what_causes_it(tmp_path: Path) -> None:
    """The properties of a replacement are kept when its later steps name none."""
    log = [step("create-replacement", "orders", "name"), step("delete-replaced", "orders")]
    assert [change.properties for change in _changes(tmp_path, *log)] == [("name",)]


def test_unchanged_resources_are_counted_once(tmp_path: Path) -> None:
    """A resource counts as unchanged if none of its steps changes it; the stack is none."""
    stack = step("same", "stack", kind="pulumi:pulumi:Stack")
    log = [stack, step("same", "a"), step("same", "b"), step("same", "a"), step("update", "b", "x")]
    assert read(write(tmp_path, *log)).unchanged == 1


def test_findings_are_plain_sentences(tmp_path: Path) -> None:
    """A finding appears once, in one line, without the CLI's colours."""
    event = violation("<{%fg 1%}>not\nencrypted<{%reset%}>", level="advisory")
    (finding,) = read(write(tmp_path, event, event)).findings
    assert (finding.level, finding.message) == ("advisory", "not encrypted")
    assert (finding.policy, finding.resource) == ("encrypted-queues", "orders")


def test_a_preview_that_failed_is_not_complete(tmp_path: Path) -> None:
    """Without the CLI's summary, or without a file, a preview has not come to its end."""
    assert read(write(tmp_path, SUMMARY)).complete
    assert not read(write(tmp_path, step("create", "orders"))).complete
    assert not read(tmp_path / "missing.json").complete


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    """Of a CLI that was ended, the events before are shown, and the preview is not complete."""
    log = write(tmp_path, step("create", "orders"), SUMMARY)
    text = log.read_text(encoding="utf-8")
    for end in range(text.index("\n") + 1, len(text)):
        log.write_text(text[:end], encoding="utf-8")
        preview = read(log)
        assert (len(preview.changes), preview.complete) == (1, False)


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\x7f", "\ud800", "\u202e"])
def test_any_character_may_be_in_a_text(tmp_path: Path, char: str) -> None:
    """A message may have any character, in JSON's form or itself, and a comment can be written."""
    log = write(tmp_path, violation(f"not{char}encrypted"), SUMMARY)
    texts = [log.read_text(encoding="utf-8")]
    if char != "\ud800":  # which no UTF-8 file has
        texts.append(texts[0].replace(json.dumps(char)[1:-1], char))
    for text in texts:
        log.write_text(text, encoding="utf-8")
        comment = report.comment("dev", read(log), "", "https://example.com")
        assert "`not encrypted`" in comment.encode().decode()


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"policyEvent": {"message": 1}}', '"text"'])
def test_a_file_of_another_kind_is_an_error(tmp_path: Path, text: str) -> None:
    """A file that is no event log is an error that names it."""
    path = tmp_path / "events.json"
    path.write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"events\.json is no event log"):
        read(path)
