"""The goals of speed and cost, and whether a figure meets its goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure, what it should be at most (or at least), and a better value `beyond` that.

    `read` finds the figure in the results; it returns None for what was not measured. `ratio` is
    the name of the ratio, if the figure is one.
    """

    title: str
    read: Callable[[Mapping[str, Any]], float | None]
    goal: float
    beyond: float | None = None
    form: str = ".2f"
    at_least: bool = False
    ratio: str | None = None

    def verdict(self, figure: float | None) -> str:
        """Return "met", also if it meets the `beyond` value, or by how much the goal is missed."""
        if figure is None:
            return "not measured"
        if self._meets(figure, self.goal):
            is_beyond = self.beyond is not None and self._meets(figure, self.beyond)
            return "met, and beyond" if is_beyond else "met"
        return f"missed by {abs(figure / self.goal - 1):.0%}"

    def _meets(self, figure: float, limit: float) -> bool:
        """Whether the figure, rounded as it is shown, is within a limit."""
        shown = float(format(figure, self.form))
        return shown >= limit if self.at_least else shown <= limit

    def limit(self, value: float | None) -> str:
        """Return the text of a limit; a dash if there is none."""
        if value is None:
            return "-"
        return f"{'≥' if self.at_least else '≤'} {value:{self.form}}"

    def show(self, figure: float | None) -> str:
        """Return the text of a figure; a dash if it was not measured."""
        return "-" if figure is None else f"{figure:{self.form}}"


def _value(*keys: str) -> Callable[[Mapping[str, Any]], float | None]:
    """Return a function that reads a nested value, or None where a key is missing."""

    def read(results: Mapping[str, Any]) -> float | None:
        value: Any = results
        for key in keys:
            value = (value or {}).get(key)
        return None if value is None else float(value)

    return read


def _ratio(name: str, title: str, *, goal: float, beyond: float | None = None) -> Goal:
    return Goal(title=title, read=_value("ratios", name), goal=goal, beyond=beyond, ratio=name)


def _calls_of_orders(results: Mapping[str, Any]) -> float:
    return float(sum(results["calls"]["orders"].values()))


def _largest_bundle(results: Mapping[str, Any]) -> float | None:
    sizes = results["bundle_bytes"].values()
    return max(sizes) / 1e6 if sizes else None


def _delivered_share(results: Mapping[str, Any]) -> float | None:
    rates = results.get("embedded") or {}
    return rates["delivered_per_second"] / rates["accepted_per_second"] if rates else None


GOALS: Final = (
    _ratio("orders_cold", "orders, cold / http_platform.py", goal=0.70, beyond=0.35),
    _ratio("orders_warm", "orders, warm / http_platform.py", goal=0.85, beyond=0.40),
    _ratio("intake_cold", "intake, cold / queue_api_handler.py", goal=1.00, beyond=0.45),
    _ratio("processor_cold", "processor, cold / queue_order_processor.py", goal=1.00, beyond=0.80),
    _ratio("relay_cold", "relay, cold / queue_order_processor.py", goal=0.80),
    _ratio("audit_cold", "audit, cold / queue_order_processor.py", goal=1.00, beyond=0.80),
    _ratio("email_cold", "email, cold / queue_order_processor.py", goal=1.30, beyond=1.00),
    Goal(title="AWS calls of the orders function", read=_calls_of_orders, goal=1.0),
    Goal(
        title="AWS calls per order without SES, polling",
        read=_value("calls_per_order"),
        goal=3.2,
        beyond=2.2,
    ),
    Goal(
        title="log bytes per order",
        read=_value("log_bytes_per_order"),
        goal=1_500,
        form=".0f",
    ),
    Goal(
        title="USD for a million orders in a month",
        read=_value("usd_per_million_orders", "0.4"),
        goal=9.0,
    ),
    Goal(
        title="USD per million orders at 100/s",
        read=_value("usd_per_million_orders", "100.0"),
        goal=9.0,
    ),
    Goal(title="largest bundle, MB zipped", read=_largest_bundle, goal=6.0, beyond=3.0),
    Goal(
        title="preview of a stack, s of CPU",
        read=_value("preview", "cpu_seconds"),
        goal=1.5,
        beyond=1.0,
    ),
    Goal(
        title="embedded AWS, delivered / accepted",
        read=_delivered_share,
        goal=0.8,
        at_least=True,
    ),
    Goal(title="mypy without cache, s", read=_value("mypy", "seconds"), goal=20, form=".0f"),
    Goal(title="mypy, GB of its largest process", read=_value("mypy", "peak_gigabytes"), goal=1.0),
    Goal(title="make test, s", read=_value("test", "seconds"), goal=180, form=".0f"),
)
