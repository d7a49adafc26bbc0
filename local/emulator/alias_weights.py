"""Weights of an alias: a part of its invocations goes to a second version.

The emulator stores weights and ignores them. An invocation by API Gateway or an event source
mapping looks up the version behind its alias once, here; direct invocations get the main version.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

from __future__ import annotations

import random
from typing import Any

from ministack.services import lambda_svc

_look_up = lambda_svc._effective_func_record_for_qualifier  # noqa: SLF001 (no public name)


def install() -> None:
    """Patch the emulator, before it serves."""
    vars(lambda_svc).update(_effective_func_record_for_qualifier=_weighted)


def _weighted(
    function: dict[str, Any] | None, qualifier: str | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    alias = (function or {}).get("aliases", {}).get(qualifier) or {}
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for version, weight in weights.items():
        if random.random() < weight:  # noqa: S311 (no secret)
            return _weighted(function, version)
    found: tuple[dict[str, Any] | None, dict[str, Any] | None] = _look_up(function, qualifier)
    return found
