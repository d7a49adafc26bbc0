"""Saves the emulator's services, all of them or none; imported in the emulator's process alone.

By itself the emulator logs what it could not save, and leaves the older state of that service.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ministack.core import persistence

from local.emulator.kept_state import INCOMPLETE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Threads that poll for functions change the state while it is copied.
_ATTEMPTS: Final = 20
_PAUSE_SECONDS: Final = 0.05


def save_all(services: Mapping[str, Callable[[], dict[str, Any] | None]]) -> None:
    """Write the state of each service; where one fails, mark the whole as incomplete."""
    folder = Path(persistence.STATE_DIR)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, get_state in services.items():
        state = _copied(get_state)
        if state is not None:
            persistence.save_state(name, state)
        if state is None or not (folder / f"{name}.json").exists():
            print(f"The state of {name} could not be saved.", flush=True)  # noqa: T201 (the log)
            (folder.parent / INCOMPLETE).touch()


def _copied(get_state: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    for _ in range(_ATTEMPTS):
        try:
            return get_state()
        except RuntimeError:  # a dictionary has changed its size during the iteration
            time.sleep(_PAUSE_SECONDS)
    return None
