"""The monthly cost of stacks at two states, and what differs: `scripts/cost-diff --help`.

Both states are recorded from copies by their own programs. The prices and figures of this checkout
apply to both, so that only changes of stacks are differences.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from costs import prices, resource_types
from costs.graph import Graph, urn_name
from costs.month import month
from costs.orders import DEFAULT_ORDERS, orders_of_text
from costs.recording import is_deployed
from costs.usage import Cost, total, totals
from tooling import markdown
from tooling.errors import UserError
from tooling.graph_diff import DIFFERENT, EQUAL, FAILED, GraphError, copied, record_stacks
from tooling.signals import interruptible
from tooling.stackfile import by_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tooling.graph_diff import Stack

# Differences below half a cent are those of shared discounts and of rounding.
_CENT: Final = 0.005
_MOST_RESOURCES: Final = 20


@dataclass(frozen=True)
class Difference:
    """What a stack costs a month at two states, in USD; None where it does not exist."""

    stack: str
    base: Cost | None
    head: Cost | None
    resources: Mapping[str, tuple[float, float]]
    """By resource, the cost at each state, where they differ."""
    unknown: Sequence[str]
    """The types of resources without a price."""

    @property
    def usd(self) -> float:
        """How much more it costs than before."""
        before, after = (each.total if each else 0 for each in (self.base, self.head))
        return after - before

    @property
    def equal(self) -> bool:
        """Whether the stack exists at both states and costs the same, resource by resource."""
        return self.base is not None and self.head is not None and not self.resources


def compare(stack: str, base: Stack | None, head: Stack | None, orders: int) -> Difference:
    """Return what a stack costs at two states, each a recording or None."""
    graphs = [Graph.recorded(each["resources"]) if each else None for each in (base, head)]
    sides = [
        totals(month(graph, orders), lambda usage: usage.resource) if graph else {}
        for graph in graphs
    ]
    renamed = _renamed(base, head) if base and head else {}
    before = {renamed.get(name, name): cost.total for name, cost in sides[0].items()}
    after = {name: cost.total for name, cost in sides[1].items()}
    pairs = {
        name: (before.get(name, 0), after.get(name, 0)) for name in dict.fromkeys([*before, *after])
    }
    unknown = {
        kind for graph in graphs if graph for kind in graph.unknown_types(resource_types.TYPES)
    }
    return Difference(
        stack=stack,
        base=total(sides[0].values()) if base else None,
        head=total(sides[1].values()) if head else None,
        resources={name: pair for name, pair in pairs.items() if abs(pair[1] - pair[0]) >= _CENT},
        unknown=sorted(unknown),
    )


def _renamed(base: Stack, head: Stack) -> dict[str, str]:
    """Return the names of resources that have another one now, and an alias for the former."""
    labels = {
        alias: resource_types.label(each["type"], urn_name(urn))
        for urn, each in head["resources"].items()
        for alias in each["aliases"]
    }
    return {
        resource_types.label(each["type"], urn_name(urn)): labels[urn]
        for urn, each in base["resources"].items()
        if urn in labels and urn not in head["resources"]
    }


def report(differences: Sequence[Difference], orders: int) -> str:
    """Return the comparison in Markdown."""
    rows = [
        (f"`{each.stack}`", _usd(each.base), _usd(each.head), _signed(each.usd))
        for each in differences
    ]
    table = markdown.table(("stack", "base", "head", "difference"), rows)
    intro = (
        f"USD a month with {orders:,} orders, spread evenly; prices of US East (N. Virginia) of "
        f"{prices.AS_OF}, without free tiers. `make cost STACK=<name>` shows every resource."
    )
    parts = [f"### Monthly cost\n\n{intro}\n\n{table}"]
    if all(each.equal for each in differences):
        parts.append("No stack costs more or less than before.\n")
    parts += [_details(each) for each in differences if each.resources]
    if unknown := sorted({kind for each in differences for kind in each.unknown}):
        names = ", ".join(f"`{kind}`" for kind in unknown)
        parts.append(f"Without a price, and counted as 0: {names} (`costs/resource_types.py`).\n")
    return "\n".join(parts)


def _details(difference: Difference) -> str:
    """Return the resources whose cost differs, in a section that readers open."""
    ordered = sorted(difference.resources.items(), key=lambda each: -abs(each[1][1] - each[1][0]))
    rows = [
        (f"`{name}`", f"{before:,.2f}", f"{after:,.2f}", _signed(after - before))
        for name, (before, after) in ordered[:_MOST_RESOURCES]
    ]
    if others := ordered[_MOST_RESOURCES:]:
        before, after = (sum(pair[side] for _, pair in others) for side in (0, 1))
        rows.append(
            (f"{len(others)} more", f"{before:,.2f}", f"{after:,.2f}", _signed(after - before))
        )
    table = markdown.table(("resource", "base", "head", "difference"), rows)
    head = f"{difference.stack}: {_signed(difference.usd)} USD"
    return f"<details><summary>{head}</summary>\n\n{table}\n</details>\n"


def _usd(cost: Cost | None) -> str:
    return "-" if cost is None else f"{cost.total:,.2f}"


def _signed(usd: float) -> str:
    rounded = round(usd, 2)
    return f"{rounded:+,.2f}" if rounded else "0.00"


def _recorded(source: str | None, stack: str | None) -> dict[str, Stack]:
    """Record a state's stacks of AWS, or one of them, which may be an example."""
    with copied(source) as copy:
        files = _files(copy, stack)
        return dict(zip(files, record_stacks(copy, list(files.values())), strict=True))


def _files(root: Path, stack: str | None) -> dict[str, Path]:
    own = by_name(root)
    if stack is None:
        return {name: path for name, path in own.items() if is_deployed(path)}
    path = own.get(stack) or by_name(root / "examples").get(stack)
    return {stack: path} if path else {}


def _differences(
    base: Mapping[str, Stack], head: Mapping[str, Stack], orders: int
) -> Iterator[Difference | str]:
    """Yield the difference of each stack, or a sentence where a program failed."""
    for stack in sorted(base.keys() | head.keys()):
        sides: dict[str, Any] = {"base": base.get(stack), "head": head.get(stack)}
        errors = [
            f"`{stack}` at {side} cannot be recorded: {' '.join(each['error'].split())}"
            for side, each in sides.items()
            if each and "error" in each
        ]
        if errors:
            yield "\n".join(errors)
        else:
            yield compare(stack, sides["base"], sides["head"], orders)


def run(base: str, head: str | None, stack: str | None, orders: int) -> tuple[int, str]:
    """Return the exit code and the report.

    Raises:
        GraphError: a state cannot be recorded.
        UserError: the stack exists at neither state.
    """
    recorded = _recorded(base, stack), _recorded(head, stack)
    if not any(recorded):
        what = f"a stack '{stack}'" if stack else "any stack of AWS"
        raise UserError(f"Neither {base} nor {head or 'the working tree'} has {what}.")
    results = list(_differences(*recorded, orders))
    compared = [each for each in results if isinstance(each, Difference)]
    errors = [each for each in results if isinstance(each, str)]
    text = "\n".join([report(compared, orders), *(f"{each}\n" for each in errors)])
    if errors:
        return FAILED, text
    return EQUAL if all(each.equal for each in compared) else DIFFERENT, text


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return 0 if all costs are equal, 1 if not, 2 after an error."""
    parser = argparse.ArgumentParser(
        prog="scripts/cost-diff",
        description="Print in Markdown what stacks cost a month at two states of the project. "
        "Exits with 0 if that is equal, 1 if it differs, 2 after an error.",
    )
    parser.add_argument("base", nargs="?", default="HEAD", help="a commit (default: HEAD)")
    parser.add_argument("head", nargs="?", help="a newer commit (default: the working tree)")
    parser.add_argument("--stack", help="a stack or an example (default: all stacks of AWS)")
    parser.add_argument("--orders", default=str(DEFAULT_ORDERS), help="the orders of a month")
    options = parser.parse_args(arguments)
    try:
        orders = orders_of_text(options.orders)
        with interruptible("nothing was changed."):
            code, text = run(options.base, options.head, options.stack, orders)
    except (GraphError, UserError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.write(text)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
