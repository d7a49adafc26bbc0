"""The policy pack as the engine runs it: in an environment of its own, asked over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policy.rules import StackRule, kinds
from tests.infra.support.graph import STACK_FILES, deployed, previewed
from tests.policy.support.changes import allows, drop, edit
from tests.policy.support.engine import Pack, install, running, unmet
from tests.policy.support.rules import EVERY_RULE, LEVELS, broken, resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policy.rules import Resource


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly what the pack's requirements name."""
    folder = tmp_path_factory.mktemp("pack")
    install(folder)
    return folder


@pytest.fixture(scope="module")
def pack(packages: Path) -> Iterator[Pack]:
    """The pack, running with that folder."""
    with running(packages) as started:
        yield started


@pytest.fixture(scope="module")
def known() -> list[Resource]:
    """What a preview of the first stack knows."""
    return resources(previewed(STACK_FILES[0]), computed=False)


def _broken(pack: Pack, among: list[Resource]) -> set[str]:
    """The rules that anything in a stack breaks."""
    found = [
        *pack.of_stack(among),
        *(each for resource in among for each in pack.of_resource(resource)),
    ]
    return {each.rule for each in found}


def test_the_requirements_are_complete(packages: Path) -> None:
    """Whatever a package of the pack's requirements needs is among them, in a version that fits."""
    assert (packages / "pulumi").is_dir()
    assert unmet(packages) == []


def test_the_pack_offers_every_rule(pack: Pack) -> None:
    """The engine gets every rule, under its name, with its level, as of a resource or of the stack."""
    assert pack.policies() == {
        name: (
            LEVELS[name].value,
            "stack" if isinstance(rule, StackRule) else "resource",
            rule.promise,
        )
        for name, rule in EVERY_RULE.items()
    }


def test_a_preview_is_judged_as_the_rules_judge_it(pack: Pack, known: list[Resource]) -> None:
    """With what the engine does not know in a preview, the pack finds what the rules find."""
    assert _broken(pack, known) == {each.rule for each in broken(previewed(STACK_FILES[0]))}


def test_an_update_is_judged_as_the_rules_judge_it(pack: Pack) -> None:
    """With what AWS computed, the pack finds what the rules find."""
    made = resources(deployed(STACK_FILES[0]), computed=True)
    assert _broken(pack, made) == {each.rule for each in broken(deployed(STACK_FILES[0]))}


def test_a_resource_is_refused_before_it_is_created(pack: Pack) -> None:
    """What breaks a mandatory rule is said of the resource, as mandatory, in the rule's sentence."""
    name, kind = "orders-api-orders-store-orders", "aws:iam/rolePolicy:RolePolicy"
    change = edit(name, kind, policy=allows("*", "arn:aws:sqs:us-east-1:123456789012:orders"))
    made = change(resources(deployed(STACK_FILES[0]), computed=False))
    (policy,) = (each for each in made if (each.name, each.type) == (name, kind))
    (found,) = pack.of_resource(policy)
    assert (found.rule, found.level, found.urn) == ("no-wildcard-actions", "mandatory", policy.urn)
    promise, sentence = found.message.splitlines()
    assert promise == "Policies name each action that they allow."
    assert (
        sentence
        == f"{kind} '{name}' allows the actions '*' (policy, statement 0); name each action that it needs."
    )


def test_a_stack_is_refused_for_what_it_lacks(pack: Pack, known: list[Resource]) -> None:
    """A preview finds what is missing, although it does not know what is there."""
    without = drop("fan-out-email-queue-policy", kinds.QUEUE_POLICY)(known)
    (queue,) = (
        each for each in known if (each.name, each.type) == ("fan-out-email-queue", kinds.QUEUE)
    )
    (found,) = pack.of_stack(without)
    assert (found.rule, found.level, found.urn) == (
        "queues-and-topics-tls-only",
        "mandatory",
        queue.urn,
    )
