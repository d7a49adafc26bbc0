"""The policy pack as the engine runs it: in an environment of its own, over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy.rules import StackRule
from policy.rules import resource_types as types
from tests.infra.support.graph import STACK_FILES, deployed, previewed
from tests.policy.support.changes import allow, drop, edit
from tests.policy.support.engine import Pack, install, running, unmet
from tests.policy.support.rules import LEVEL_BY_RULE, RULE_BY_NAME, all_violations, resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policy.rules import Resource


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly the pack's requirements."""
    folder = tmp_path_factory.mktemp("pack")
    install(folder)
    return folder


@pytest.fixture(scope="module")
def pack(packages: Path) -> Iterator[Pack]:
    """The running pack."""
    with running(packages) as process:
        yield process


@pytest.fixture(scope="module")
def preview() -> list[Resource]:
    """The resources in a preview of the first stack."""
    return resources(previewed(STACK_FILES[0]), computed=False)


def _violated(pack: Pack, among: list[Resource]) -> set[str]:
    """Return the rules that a stack violates."""
    violations = [
        *pack.of_stack(among),
        *(each for resource in among for each in pack.of_resource(resource)),
    ]
    return {each.rule for each in violations}


def test_the_requirements_are_complete(packages: Path) -> None:
    """The pack's requirements hold every dependency in a matching version."""
    assert (packages / "pulumi").is_dir()
    assert unmet(packages) == []


def test_the_pack_has_every_rule(pack: Pack) -> None:
    """The pack has every rule with its name, level, scope and description."""
    assert pack.policies() == {
        name: (
            LEVEL_BY_RULE[name].value,
            "stack" if isinstance(rule, StackRule) else "resource",
            rule.description,
        )
        for name, rule in RULE_BY_NAME.items()
    }


def test_a_preview(pack: Pack, preview: list[Resource]) -> None:
    """In a preview, with unknown values, the pack reports the violations that the rules find."""
    assert _violated(pack, preview) == {
        each.rule for each in all_violations(previewed(STACK_FILES[0]))
    }


def test_an_update(pack: Pack) -> None:
    """In an update, with computed values, the pack reports the violations that the rules find."""
    update = resources(deployed(STACK_FILES[0]), computed=True)
    assert _violated(pack, update) == {
        each.rule for each in all_violations(deployed(STACK_FILES[0]))
    }


def test_a_resource_violation(pack: Pack) -> None:
    """A violation by a resource is reported with its rule, level, URN and sentence."""
    name, kind = "orders-api-orders-store-orders", "aws:iam/rolePolicy:RolePolicy"
    change = edit(name, kind, policy=allow("*", "arn:aws:sqs:us-east-1:123456789012:orders"))
    stack = change(resources(deployed(STACK_FILES[0]), computed=False))
    (policy,) = (each for each in stack if (each.name, each.type) == (name, kind))
    (violation,) = pack.of_resource(policy)
    assert (violation.rule, violation.level, violation.urn) == (
        "no-wildcard-actions",
        "mandatory",
        policy.urn,
    )
    description, sentence = violation.message.splitlines()
    assert description == "`Allow` statements list each action."
    assert (
        sentence
        == f"{kind} '{name}' allows the actions '*' (policy, statement 0); list each action."
    )


def test_a_stack_violation(pack: Pack, preview: list[Resource]) -> None:
    """A preview reports a missing policy, although its values are unknown."""
    stack = drop("fan-out-email-queue-policy", types.QUEUE_POLICY)(preview)
    (queue,) = (
        each for each in preview if (each.name, each.type) == ("fan-out-email-queue", types.QUEUE)
    )
    (violation,) = pack.of_stack(stack)
    assert (violation.rule, violation.level, violation.urn) == (
        "queues-and-topics-tls-only",
        "mandatory",
        queue.urn,
    )
