"""A console of a stack that is data, and a browser that has its token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.console.app import create_app
from tests.infra.conftest import _shared_recordings
from tests.local.console.support import TOKEN, Browser, FakeActivity, FakeDeployment, FakeFaults
from tests.orderctl.support.fixtures import operator, shared_operator

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from tests.orderctl.support.operator import OperatorStack

__all__ = ["_shared_recordings", "operator", "shared_operator"]


@pytest.fixture
def deployment(operator: OperatorStack) -> FakeDeployment:
    """A deployed stack without resources, in the mocked account."""
    outputs = {**operator.outputs}
    return FakeDeployment(outputs=outputs, connect=operator.stack.client)


@pytest.fixture
def activity() -> FakeActivity:
    """Functions that have logged nothing yet."""
    return FakeActivity()


@pytest.fixture
def faults() -> FakeFaults:
    """The stack's faults, none at first."""
    return FakeFaults()


@pytest.fixture
def app(deployment: Any, activity: Any, faults: Any) -> Starlette:
    """The console of the stack."""
    return create_app(deployment=deployment, activity=activity, faults=faults, token=TOKEN)


@pytest.fixture
def browser(app: Starlette) -> Browser:
    """A browser that has opened the console's URL with its token."""
    browser = Browser(app)
    browser.open()
    return browser
