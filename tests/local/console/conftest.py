"""A console of a stack that is data, and a browser that has its token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.console.app import create_app
from tests.local.console.support import TOKEN, Browser, FakeActivity, FakeDeployment, no_faults

if TYPE_CHECKING:
    from starlette.applications import Starlette


@pytest.fixture
def deployment() -> FakeDeployment:
    """A deployed stack without resources."""
    return FakeDeployment()


@pytest.fixture
def activity() -> FakeActivity:
    """Functions that have logged nothing yet."""
    return FakeActivity()


@pytest.fixture
def app(deployment: Any, activity: Any) -> Starlette:
    """The console of the stack."""
    return create_app(deployment=deployment, activity=activity, faults=no_faults, token=TOKEN)


@pytest.fixture
def browser(app: Starlette) -> Browser:
    """A browser that has opened the console's URL with its token."""
    browser = Browser(app)
    browser.open()
    return browser
