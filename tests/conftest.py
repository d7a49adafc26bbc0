"""What every test process does before its first test."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what was imported: walking through it again and again costs a third of the time.

    The provider's classes alone are hundreds of thousands of objects, which live as long as the process does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)
