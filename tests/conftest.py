"""What every test process does before its first test."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Freeze what was imported: collecting it again and again costs a third of the time.

    The provider's classes alone are hundreds of thousands of objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)
