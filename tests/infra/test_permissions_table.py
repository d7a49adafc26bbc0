"""The table of permissions equals the policies of every stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.support.combinations import EVERY, combined
from tests.infra.support.features import FULL, full, stack
from tests.infra.support.graph import STACK_FILES, Graph, deployed, stack_of
from tests.infra.support.permissions import expected, held
from tests.support.permissions import PERMISSIONS, SERVICES

if TYPE_CHECKING:
    from tests.support.permissions import ServicePermission

_FILES = {stack_of(path): path for path in STACK_FILES}
_BARE = {"gateway": "rest", "traceSampling": "0", "rest": '{"accountRole":false}'}


_COMBINATIONS = {"-".join(each): each for each in EVERY}


@pytest.fixture(scope="module", params=[*_FILES, *_COMBINATIONS, *FULL, "bare"])
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each stack file, and stacks with as many and as few permissions as possible."""
    if request.param in _FILES:
        return deployed(_FILES[request.param])
    if request.param in _COMBINATIONS:
        return combined(_COMBINATIONS[request.param])
    return full(request.param) if request.param in FULL else stack(_BARE)


def test_the_table_is_what_the_policies_say(graph: Graph) -> None:
    """Each role's policies allow the actions and resources of the table, and no others."""
    assert held(graph) == expected(graph)


def test_every_permission_of_the_table_is_in_some_stack() -> None:
    """The table has no permission that no kind of stack has."""
    somewhere = {each for kind in FULL for each in held(full(kind))}
    assert {each for permission in PERMISSIONS for each in permission.role_actions()} == somewhere


@pytest.mark.parametrize("permission", SERVICES, ids=lambda permission: permission.use)
def test_every_service_permission_is_documented(permission: ServicePermission) -> None:
    """A permission that the emulator does not check names tests and AWS's documentation."""
    assert permission.tests
    assert permission.unchecked
    assert permission.source.startswith("https://docs.aws.amazon.com/")
