"""Every policy rule can fail: each breach is reported, and changes that look like one are not."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import pytest

from policy.rules import resource_types as types
from tests.infra.support.graph import STACK_FILES, Graph, record, settings
from tests.policy.support.allowed import ALLOWED
from tests.policy.support.breaches import BREACHES
from tests.policy.support.changes import edit
from tests.policy.support.rules import RULE_BY_NAME, resources, violations

if TYPE_CHECKING:
    from policy.rules import Violation
    from tests.policy.support.changes import Change

_BREACHES = [(rule, *breach) for rule, breaches in BREACHES.items() for breach in breaches]
_ALLOWED = [(rule, change) for rule, changes in ALLOWED.items() for change in changes]


def _new_violations(rule: str, change: Change) -> list[Violation]:
    """Return the violations of a rule that a change of the stack adds."""
    before = resources(_production(), computed=True)
    old = violations(RULE_BY_NAME[rule], before)
    return [one for one in violations(RULE_BY_NAME[rule], change(before)) if one not in old]


@functools.cache
def _production() -> Graph:
    """Record the dev stack as a production stack with no optional feature but a storefront."""
    features = {
        "gateway": "http",
        "auth": "none",
        "ingestion": "direct",
        "encryption": "aws",
        "traceSampling": "5",
        "storefront": "true",
    }
    configuration = settings(STACK_FILES[0], deletionProtection="true", **features)
    return record(dataclasses.replace(configuration, stack="prod"))


@pytest.mark.parametrize(("rule", "change", "phrase"), _BREACHES)
def test_a_breach_is_reported(rule: str, change: Change, phrase: str) -> None:
    """A violation states the problem and its fix."""
    (problem,) = {violation.problem for violation in _new_violations(rule, change)}
    assert phrase in problem
    assert "; " in problem


def test_every_rule_has_a_breach() -> None:
    """Every rule can fail."""
    assert BREACHES.keys() == RULE_BY_NAME.keys()


@pytest.mark.parametrize(("rule", "change"), _ALLOWED)
def test_allowed_changes(rule: str, change: Change) -> None:
    """A change that looks like a breach is not reported."""
    assert [violation.sentence for violation in _new_violations(rule, change)] == []


def test_a_violation_as_a_sentence() -> None:
    """A violation's sentence begins with the resource's type and name."""
    change = edit("fan-out-email-queue", types.QUEUE, sqsManagedSseEnabled=False)
    (violation,) = _new_violations("queues-encrypted", change)
    assert violation.sentence == (
        "aws:sqs/queue:Queue 'fan-out-email-queue' is not encrypted; "
        "set sqsManagedSseEnabled to true, or kmsMasterKeyId to a key."
    )
