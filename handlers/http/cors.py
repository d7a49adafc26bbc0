"""Which origins may read the answers from a browser.

An HTTP API answers preflights and writes these headers itself, from the same configuration, and ignores the function's.
A gateway that does not, and whoever invokes the function otherwise, gets them from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_EXPOSED = "X-Request-Id, Idempotent-Replayed, Retry-After"


@dataclass(frozen=True)
class Cors:
    """The origins that the stack allows; `*` alone allows every one, and without any there are no CORS headers."""

    origins: frozenset[str]

    @classmethod
    def parse(cls, origins: str) -> Self:
        """Return the policy that a comma-separated list states."""
        return cls(frozenset(filter(None, origins.split(","))))

    def headers(self, origin: str | None) -> Mapping[str, str]:
        """Return the CORS headers for a request from an origin, none where it is not allowed."""
        if not self.origins:
            return {}
        if "*" in self.origins:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
        if origin in self.origins and origin is not None:
            allowed = {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Expose-Headers": _EXPOSED,
            }
            return {**allowed, "Vary": "Origin"}
        return {"Vary": "Origin"}
