"""What every test process does before its first test, and the options of the project's tests."""

from __future__ import annotations

import gc
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption(
        "--write-screenshots",
        action="store_true",
        help="write the documents' screenshots to docs/images (tests/browser)",
    )


def pytest_configure() -> None:
    """Let SIGINT interrupt, as in a terminal: a shell's background jobs start with it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Freeze what was imported: collecting it again and again costs a third of the time.

    The provider's classes alone are hundreds of thousands of objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)
