"""`python -m costs`: the report of a stack, and what the command refuses."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from costs import cli, recording
from costs.graph import Graph
from costs.month import month
from costs.report import Report
from costs.usage import total, totals
from tests.costs.support import EVERY_STACK, graph_of
from tests.support.stacks import EXAMPLES, SHIPPED, stack_of
from tooling.errors import UserError
from tooling.graph_diff import record_stacks
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

_EXAMPLE = EXAMPLES["http-platform"]


def _run(folder: Path, *arguments: str) -> Result:
    """Run the command with the example as the only stack."""
    shutil.copy(_EXAMPLE, folder)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    return CliRunner().invoke(cli.app, arguments, obj=folder)


def _report(path: Path, orders: int = 1_000_000) -> Report:
    return Report(stack=stack_of(path), region="us-east-1", graph=graph_of(path), orders=orders)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is no stack 'dev'; there are http-platform"),
        (["--stack", "unknown"], "There is no stack 'unknown'; there are "),
        (["--stack", "../dev"], "There is no stack '../dev'; there are "),
        (["--stack", ""], "There is no stack ''; there are "),
        (["--orders", "0"], "whole number from 1 to 25,920,000,000, not '0'."),
        (["--orders", "-1"], "whole number from 1 to 25,920,000,000, not '-1'."),
        (["--orders", "many"], "whole number from 1 to 25,920,000,000, not 'many'."),
        (["--orders", "1e9"], "whole number from 1 to 25,920,000,000, not '1e9'."),
        (["--orders", "1.5"], "whole number from 1 to 25,920,000,000, not '1.5'."),
        (["--orders", ""], "whole number from 1 to 25,920,000,000, not ''."),
        (["--orders", "25920000001"], "25,920,000,000, not '25920000001'."),
        (["--orders", "9" * 5_000], "whole number from 1 to 25,920,000,000"),
        (["--rate", "0.1"], "from 0.39, at which 1,000,000 take the whole month, to 10,000"),
        (["--rate", "fast"], "to 10,000, not 'fast'."),
        (["--rate", "10001"], "to 10,000, not '10001'."),
        (["--rate", "nan"], "to 10,000, not 'nan'."),
    ],
)
def test_wrong_input_is_refused(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """The command ends with one sentence about what is allowed, and exit code 2."""
    stack = [] if not arguments or "--stack" in arguments else ["--stack", "http-platform"]
    result = _run(tmp_path, *stack, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_configuration_that_the_program_refuses_is_reported(tmp_path: Path) -> None:
    """A wrong stack file ends with the program's own sentence, and exit code 2."""
    file = tmp_path / "Pulumi.wrong.yaml"
    file.write_text("config: {gateway: soap}\n", encoding="utf-8")
    with pytest.raises(UserError, match="gateway") as error:
        recording.graph_of(file)
    assert error.value.exit_code == 2


def test_the_page_shows_what_the_command_prints(tmp_path: Path) -> None:
    """The example in docs/cost.md is what the command prints, from a recording of its own."""
    result = _run(tmp_path, "--stack", "http-platform")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == list(_report(_EXAMPLE).text())
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert f"```\n{result.stdout}```\n" in page, "docs/cost.md is out of date; run: make docs"


@pytest.mark.thorough
def test_a_recording_costs_what_a_deployed_stack_costs(tmp_path: Path) -> None:
    """References of a recording and ARNs of a deployed stack mean the same, in every stack."""
    shutil.copytree(ROOT, tmp_path / "copy", ignore=shutil.ignore_patterns(".*", "docs"))
    recordings = record_stacks(tmp_path / "copy", EVERY_STACK)
    for path, recorded in zip(EVERY_STACK, recordings, strict=True):
        graphs = Graph.recorded(recorded["resources"]), graph_of(path)
        recording, deployed = (
            totals(month(graph, 1_000_000), lambda usage: usage.resource) for graph in graphs
        )
        assert recording.keys() == deployed.keys(), path
        for name, cost in recording.items():
            assert cost.total == pytest.approx(deployed[name].total), (path, name)


@pytest.mark.parametrize("path", EVERY_STACK, ids=stack_of)
def test_rows_add_up(path: Path) -> None:
    """The rows of the resources cost as much as their services, and those as much as the total."""
    lines = list(_report(path).text())
    table = lines[next(n for n, line in enumerate(lines) if line.endswith("month")) + 1 :]
    rows = [line for line in table[: table.index("")] if line]
    *others, last = [
        (row.startswith("  "), float(row.split()[-1].replace(",", ""))) for row in rows
    ]
    resources = [usd for is_resource, usd in others if is_resource]
    services = [usd for is_resource, usd in others if not is_resource]
    assert sum(resources) == pytest.approx(last[1], abs=0.005 * (len(resources) + 1))
    assert sum(services) == pytest.approx(last[1], abs=0.005 * (len(services) + 1))


def test_json_holds_every_usage_with_its_price() -> None:
    """The object has each usage with units, price and source, and adds up to the total."""
    report = _report(_EXAMPLE)
    content = json.loads(json.dumps(report.as_json()))
    assert content["orders"] == 1_000_000
    assert sum(each["month"] for each in content["usages"]) == pytest.approx(
        content["total"]["month"]
    )
    assert content["total"]["month"] == pytest.approx(total(cost for _, cost in report.costs).total)
    assert all(each["source"].startswith("https://") for each in content["usages"])
    assert content["claim"]["usd"] == 10.25
    assert content["claim"]["comparable"] < content["total"]["month"]
    types = {each.type for each in report.graph.resources}
    assert content["free"].keys() < types
    assert content["withoutPrice"] == []


def test_what_the_stack_uses_and_does_not_own_is_named() -> None:
    """Secret, hosted zone, network and text messages are named by the stacks that need them."""
    notes = {
        stack_of(path): " ".join(_report(path).as_json()["notInTheSum"]) for path in EVERY_STACK
    }
    assert "Secrets Manager" in notes["vpc-smtp"]
    assert "NAT gateway" in notes["vpc-smtp"]
    assert "hosted zone" in notes["http-jwt-domain"]
    assert "text messages" in notes["http-jwt-domain"]
    assert "rotations" in notes["prod"]
    assert not any(word in notes["dev"] for word in ("Secrets", "NAT", "zone", "text", "rotations"))


def test_another_region_is_named() -> None:
    """A stack elsewhere is told that prices may differ there."""
    graph = graph_of(SHIPPED["dev"])
    text = "\n".join(Report(stack="dev", region="eu-west-1", graph=graph, orders=1).text())
    assert "The stack is in eu-west-1, whose prices may differ." in text


def test_a_type_without_a_price_is_named() -> None:
    """A resource that the price table does not know is in no sum, and the report says so."""
    report = _report(_EXAMPLE)
    report.graph.resources.append(
        report.graph.resources[0]._replace(type="aws:ec2/instance:Instance")
    )
    try:
        assert "counted as 0: aws:ec2/instance:Instance." in "\n".join(report.text())
    finally:
        report.graph.resources.pop()
