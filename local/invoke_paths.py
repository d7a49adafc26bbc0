"""Invoke URLs of HTTP APIs, whose paths reach the API as they are written.

Imported in the emulator's process alone.
"""

from __future__ import annotations

from ministack import app
from ministack.services import apigateway

_PREFIX = "/_aws/execute-api/"
_DEFAULT_STAGE = "$default"

_parse = app._parse_execute_api_url  # noqa: SLF001 (there is no other way to it)


def install() -> None:
    """Let the emulator leave the slashes at the beginning and at the end of a path alone.

    Where a URL names no stage, it takes the path's first part for one, and puts the path together again without them.
    """
    vars(app).update(_parse_execute_api_url=parse)


def parse(host: str, path: str) -> tuple[str, str, str] | None:
    """Return the API, the stage and the path of an invoke URL; None for every other one."""
    api_id, slash, rest = path.removeprefix(_PREFIX).partition("/")
    stages = apigateway.stages_for_api(api_id) if path.startswith(_PREFIX) and slash else {}
    if _DEFAULT_STAGE not in stages or rest.partition("/")[0] in stages:
        found: tuple[str, str, str] | None = _parse(host, path)
        return found
    return api_id, _DEFAULT_STAGE, f"/{rest}"
