"""Every kind of gateway with every way of ingestion and every rule about contact data, from the front.

Three of the combinations are those of the examples, which `test_sources.py` deploys and checks in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import matrix
from tests.e2e.support.matrix import EXAMPLES, LOCAL, VARIANTS, Variant
from tests.e2e.support.variants import deployed
from tests.support.stacks import EXAMPLES as EXAMPLE_FILES
from tests.support.stacks import PROJECT, SHIPPED, load

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack

_OTHERS = [variant for variant in VARIANTS if variant not in EXAMPLES.values()]


@pytest.fixture(scope="module", params=_OTHERS, ids="-".join)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each combination in turn."""
    found: Variant = request.param
    return found


@pytest.fixture(scope="module")
def varied(stack: LocalStack, variant: Variant) -> LocalStack:
    """A stack of that combination: the local one, or one beside it."""
    if variant == LOCAL:
        return stack
    gateway, ingestion, contact = variant
    name = f"{gateway}-{ingestion}-{contact[:3]}"
    return deployed(stack.emulator, name, gateway=gateway, ingestion=ingestion, contact=contact)


def test_an_order_arrives_everywhere_once(varied: LocalStack, variant: Variant) -> None:
    """One request, sent twice, makes one stored order, one event, one e-mail and one audit record."""
    matrix.check_arrival(varied, variant)


def test_the_answer_has_what_the_contract_promises(varied: LocalStack, variant: Variant) -> None:
    """An accepted order is answered with the same fields and headers by every variant; a queued one has a messageId."""
    matrix.check_response(varied, variant)


def test_contact_data_is_asked_for_where_the_stack_needs_it(
    varied: LocalStack, variant: Variant
) -> None:
    """Without name and address an order is refused for both, or is audited and not e-mailed, as the stack decides."""
    matrix.check_contact_rule(varied, variant)


def test_the_local_stack_and_the_examples_are_what_they_are_taken_for() -> None:
    """The combination that stands for the local stack, and for each example, is the one that its file has."""
    taken = {
        SHIPPED["local"]: LOCAL,
        **{EXAMPLE_FILES[name]: variant for name, variant in EXAMPLES.items()},
    }
    settings = {path: load(path).config for path in taken}
    fields = [f"{PROJECT}:{name}" for name in Variant._fields]
    assert {
        path: Variant(*(config[field] for field in fields)) for path, config in settings.items()
    } == taken
