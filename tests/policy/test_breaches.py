"""The policy pack's rules can fail: a change for each that breaks it, and changes that do not."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import pytest

from policy.rules import kinds
from tests.infra.support.graph import STACK_FILES, Graph, record, settings
from tests.policy.support import (
    breaches_access,
    breaches_advice,
    breaches_permissions,
    breaches_storage,
)
from tests.policy.support.changes import edit
from tests.policy.support.rules import EVERY_RULE, judged, resources

if TYPE_CHECKING:
    from policy.rules import Violation
    from tests.policy.support.changes import Allowed, Breach, Change

_TABLES = (breaches_permissions, breaches_storage, breaches_access, breaches_advice)
_BREACHES = [breach for table in _TABLES for breach in table.BREACHES]
_ALLOWED = [allowed for table in _TABLES for allowed in table.ALLOWED]


def _after(rule: str, change: Change) -> list[Violation]:
    """What a rule says of a stack after a change, and did not say before."""
    before = resources(_plain(), computed=True)
    known = judged(EVERY_RULE[rule], before)
    return [each for each in judged(EVERY_RULE[rule], change(before)) if each not in known]


@functools.cache
def _plain() -> Graph:
    """The dev stack as if it were production, with the plainest of everything, whatever its file comes to say."""
    plainest = {
        "gateway": "http",
        "auth": "none",
        "ingestion": "direct",
        "encryption": "aws",
        "tracing": "true",
    }
    configured = settings(STACK_FILES[0], deletionProtection="true", **plainest)
    return record(dataclasses.replace(configured, stack="prod"))


@pytest.mark.parametrize("breach", _BREACHES, ids=lambda breach: f"{breach.rule}: {breach.says}")
def test_a_breach_is_found_and_named(breach: Breach) -> None:
    """A rule says what is wrong with a resource that breaks it, and what is allowed instead."""
    assert {each.problem for each in _after(breach.rule, breach.change)} == {breach.says}


def test_every_rule_can_be_broken() -> None:
    """No rule is one that cannot fail."""
    assert {breach.rule for breach in _BREACHES} == EVERY_RULE.keys()


@pytest.mark.parametrize("allowed", _ALLOWED, ids=lambda allowed: allowed.rule)
def test_what_is_allowed_is_no_breach(allowed: Allowed) -> None:
    """A rule has nothing to say of what only looks like a breach."""
    assert [each.sentence for each in _after(allowed.rule, allowed.change)] == []


def test_a_sentence_tells_where_it_is_wrong() -> None:
    """What a rule says starts with the resource, by its kind and its name in the program."""
    (found,) = _after(
        "queues-encrypted", edit("fan-out-email-queue", kinds.QUEUE, sqsManagedSseEnabled=False)
    )
    assert found.sentence == (
        "aws:sqs/queue:Queue 'fan-out-email-queue' is not encrypted; "
        "set sqsManagedSseEnabled to true, or kmsMasterKeyId to a key."
    )
