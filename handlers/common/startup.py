"""Garbage collection at a cold start.

Nothing that imports create becomes garbage, but the collector would search it again and again, and
once more in the first call: a tenth of the cold start's CPU each (docs/performance.md). A handler
imports this module before the project's other modules (`pyproject.toml` has ruff keep it so), and
calls `end_of_startup` last.
"""

import gc

gc.disable()


def end_of_startup() -> None:
    """Collect garbage from now on, and leave out all that exists by now."""
    gc.freeze()
    gc.enable()
