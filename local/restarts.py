"""What the emulator forgets from a stop to the next start, and has to remember for orders to survive one.

It saves tables, queues and functions, and how far each function has read each stream; but not the streams. Nothing that
was stored and not yet published would ever be, and of the orders that come then, as many as had been published before
would be passed over. It does not save the mailbox either.
"""

from __future__ import annotations

import copy
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

# By service: the stores of its module that belong to its state.
_FORGOTTEN = {"dynamodb": ("_stream_records", "_stream_trimmed"), "ses": ("_sent_emails",)}


def remember() -> None:
    """Have the emulator save what it forgets, beside what it saves; called in its process, before it serves."""
    for service, stores in _FORGOTTEN.items():
        _remember(importlib.import_module(f"ministack.services.{service}"), stores)


def _remember(service: ModuleType, stores: tuple[str, ...]) -> None:
    save, load = service.get_state, service.load_persisted_state

    def get_state() -> dict[str, Any]:
        return {**save(), **{name: copy.deepcopy(getattr(service, name)) for name in stores}}

    def load_persisted_state(state: dict[str, Any]) -> None:
        load(state)
        for name in stores:
            getattr(service, name).update(state.get(name, {}))

    vars(service).update(get_state=get_state, load_persisted_state=load_persisted_state)
