"""Every combination of gateway, ingestion and contact rule, from the API.

`test_sources.py` deploys the combinations of the examples, and checks them in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import matrix
from tests.e2e.support.matrix import COMBINATIONS, EXAMPLES, LOCAL, Combination
from tests.e2e.support.variants import deploy_variant
from tests.support import stacks

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack

_OTHERS = [variant for variant in COMBINATIONS if variant not in EXAMPLES.values()]


@pytest.fixture(scope="module", params=_OTHERS, ids="-".join)
def variant(request: pytest.FixtureRequest) -> Combination:
    """Each combination in turn."""
    combination: Combination = request.param
    return combination


@pytest.fixture(scope="module")
def own_stack(stack: LocalStack, variant: Combination) -> LocalStack:
    """A stack of that combination: the local one, or one beside it."""
    if variant == LOCAL:
        return stack
    name = f"{variant.gateway}-{variant.ingestion}-{variant.contact[:3]}"
    return deploy_variant(stack.emulator, name, **variant._asdict())


def test_an_order_arrives_everywhere_once(own_stack: LocalStack, variant: Combination) -> None:
    """A request that is sent twice is one stored order, one event, one email, one audit record."""
    matrix.check_arrival(own_stack, variant)


def test_the_response_has_what_the_contract_promises(
    own_stack: LocalStack, variant: Combination
) -> None:
    """Every variant accepts an order with the same fields and headers; queued, with a messageId."""
    matrix.check_response(own_stack, variant)


def test_contact_data_is_required_where_configured(
    own_stack: LocalStack, variant: Combination
) -> None:
    """Without name and address an order is refused for both, or is audited and not emailed."""
    matrix.check_contact_rule(own_stack, variant)


def test_the_combinations_are_those_of_the_stack_files() -> None:
    """The combinations of the local stack and of each example are those of their stack files."""
    expected = {
        stacks.SHIPPED["local"]: LOCAL,
        **{stacks.EXAMPLES[name]: variant for name, variant in EXAMPLES.items()},
    }
    keys = [f"{stacks.PROJECT}:{name}" for name in Combination._fields]
    configs = {path: stacks.load(path).config for path in expected}
    assert expected == {
        path: Combination(*(config[key] for key in keys)) for path, config in configs.items()
    }
