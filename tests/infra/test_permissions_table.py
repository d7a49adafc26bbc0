"""The table of permissions says what the policies say: no role may do what the table does not account for."""

from __future__ import annotations

import pytest

from tests.infra.support.features import FULL, full, stack
from tests.infra.support.graph import STACK_FILES, Graph, deployed, stack_of
from tests.infra.support.permissions import expected, held
from tests.support.doc_tests import exists
from tests.support.permission_kinds import Permission, Refused
from tests.support.permissions_table import PERMISSIONS

_FILES = {stack_of(path): path for path in STACK_FILES}
_BARE = {"gateway": "rest", "tracing": "false", "apiGatewayAccountRole": "false"}


@pytest.fixture(scope="module", params=[*_FILES, *FULL, "bare"])
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each stack, and those with as many kinds of permissions as there can be, and as few."""
    if request.param in _FILES:
        return deployed(_FILES[request.param])
    return full(request.param) if request.param in FULL else stack(_BARE)


def test_the_table_is_what_the_policies_say(graph: Graph) -> None:
    """Every action of every role on every resource is in the table, and what the table says is in a policy."""
    assert held(graph) == expected(graph)


def test_every_row_is_about_a_right_that_some_stack_has() -> None:
    """The table says nothing of permissions that no kind of stack has."""
    somewhere = {each for kind in FULL for each in held(full(kind))}
    assert {each for permission in PERMISSIONS for each in permission.held()} == somewhere


@pytest.mark.parametrize("permission", PERMISSIONS, ids=lambda permission: permission.why)
def test_every_right_is_shown_to_be_needed(permission: Permission) -> None:
    """For each permission a test watches what happens without it, or AWS's own documentation says who needs it."""
    tests = (
        (permission.proof.test,)
        if isinstance(permission.proof, Refused)
        else permission.proof.tests
    )
    assert tests
    assert all(exists(*test.split("::")) for test in tests)
    if not isinstance(permission.proof, Refused):
        assert permission.proof.because
        assert permission.proof.source.startswith("https://docs.aws.amazon.com/")
