"""An adapter for each AWS resource type that the program creates, in a module per service."""

from importlib import import_module
from pkgutil import iter_modules

from local.deployment.adapters.base import Adapter, Created, Target

ADAPTERS: dict[str, Adapter] = {
    token: adapter
    for module in iter_modules(__path__, f"{__name__}.")
    for token, adapter in getattr(import_module(module.name), "ADAPTERS", {}).items()
}

__all__ = ["ADAPTERS", "Adapter", "Created", "Target"]
