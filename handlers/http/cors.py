"""CORS headers for responses that a browser reads.

An HTTP API responds to preflights and writes these headers itself; it ignores the function's.
A REST API returns the function's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

EXPOSED_HEADERS: Final = ("X-Request-Id", "Idempotent-Replayed", "Retry-After")


@dataclass(frozen=True)
class Cors:
    """The origins that the stack allows: `*` alone means all; no origins means no CORS headers."""

    origins: frozenset[str]

    @classmethod
    def parse(cls, origins: str) -> Self:
        """Return the policy in a comma-separated list."""
        return cls(frozenset(filter(None, origins.split(","))))

    def headers(self, origin: str | None) -> Mapping[str, str]:
        """Return the CORS headers for a request from an origin; none if it is not allowed."""
        if not self.origins:
            return {}
        exposed = {"Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS)}
        if "*" in self.origins:
            return {"Access-Control-Allow-Origin": "*", **exposed}
        if origin is None or origin not in self.origins:
            return {"Vary": "Origin"}
        return {"Access-Control-Allow-Origin": origin, **exposed, "Vary": "Origin"}
