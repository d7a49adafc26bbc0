"""Settings of components as a stack without configuration keys has them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from infra import wiring
from infra.config import parse
from infra.encryption import Encryption
from infra.functions.bundle import Bundler

if TYPE_CHECKING:
    from infra.functions.function import FunctionSettings

BUNDLER = Bundler(with_dependencies=False)
SENDER = "orders@shop-orders.net"


def function_settings(**changes: Any) -> FunctionSettings:
    """Default settings, some of which differ; bundles have no dependencies."""
    config = parse({"emailFrom": SENDER})
    defaults = wiring.function_settings(config, Encryption(key=None), bundler=BUNDLER, vpc=None)
    return dataclasses.replace(defaults, **changes)
