"""What a price is: an amount in USD for some units, with its discounts and its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# `AWS`: a page of AWS states the figure. `third party`: a page of 2025 or 2026 by others does, and
# the source, AWS's own, could not be read. `unconfirmed`: no page was found that states it.
Evidence = Literal["AWS", "third party", "unconfirmed"]


@dataclass(frozen=True, kw_only=True)
class Price:
    """A price of `per` units; `tiers` are the unit above which, and what it costs from there on.

    `service` is the name of the AWS service on a bill.
    """

    service: str
    usd: float
    per: float
    unit: str
    source: str
    evidence: Evidence
    tiers: Sequence[tuple[float, float]] = ()

    def cost(self, units: float) -> float:
        """Return what these units cost in one month."""
        total, begin, usd = 0.0, 0.0, self.usd
        for end, next_usd in self.tiers:
            if units <= end:
                break
            total += (end - begin) * usd
            begin, usd = end, next_usd
        return (total + (units - begin) * usd) / self.per
