"""Programs that run in this process are isolated from each other."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws
import pytest

from local.deployment.program import run, run_function
from tooling.errors import UserError
from tooling.stackfile import StackFile

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
import pulumi
import pulumi_aws as aws

names = pulumi.get_project(), pulumi.get_stack(), pulumi.Config().require("suffix")
queue = aws.sqs.Queue("queue", name="-".join(names))
pulumi.export("name", queue.name)
pulumi.export("main", __name__)
"""


class Echo(pulumi.runtime.Mocks):
    """Returns each resource's inputs and an ARN."""

    def __init__(self, *, arns: bool = True) -> None:
        self.names: list[str] = []
        self._arns = arns

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Return a resource."""
        self.names.append(args.name)
        return f"{args.name}-id", {
            **args.inputs,
            **({"arn": f"arn:{args.name}"} if self._arns else {}),
        }

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Return a data source's arguments."""
        return args.args, []


def _stack(root: Path, suffix: str = "a") -> StackFile:
    return StackFile(project="shop", stack="dev", config={"shop:suffix": suffix}, root=root)


def test_runs_the_projects_main(tmp_path: Path) -> None:
    """`__main__.py` has project, stack and configuration, and its exports are plain values."""
    (tmp_path / "__main__.py").write_text(_SCRIPT, encoding="utf-8")
    before = sys.modules["__main__"]
    assert run(Echo(), _stack(tmp_path)) == {"name": "shop-dev-a", "main": "__main__"}
    assert sys.modules["__main__"] is before


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(UserError, match="no program"):
        run(Echo(), _stack(tmp_path))


def test_runs_are_isolated(tmp_path: Path) -> None:
    """Consecutive and concurrent runs share no resources, outputs or configuration."""
    (tmp_path / "__main__.py").write_text(_SCRIPT, encoding="utf-8")
    suffixes = [str(number) for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        outputs = list(threads.map(lambda suffix: run(Echo(), _stack(tmp_path, suffix)), suffixes))
    assert [output["name"] for output in outputs] == [f"shop-dev-{suffix}" for suffix in suffixes]


def test_nested_outputs_are_resolved(tmp_path: Path) -> None:
    """Outputs inside an object, also secrets, are plain values."""

    def program() -> None:
        queue = aws.sqs.Queue("queue")
        pulumi.export("queues", {"audit": {"arn": queue.arn}})
        pulumi.export("password", pulumi.Output.secret("hush"))

    outputs = run_function(Echo(), _stack(tmp_path), program)
    assert outputs == {"queues": {"audit": {"arn": "arn:queue"}}, "password": "hush"}


def test_preview_leaves_computed_outputs_unknown(tmp_path: Path) -> None:
    """In a preview the provider's outputs are unknown, and code that needs them does not run."""
    reached: list[str] = []

    def reach(arn: str) -> str:
        reached.append(arn)
        return arn

    def program() -> None:
        assert pulumi.runtime.is_dry_run()
        queue = aws.sqs.Queue("queue", name="fixed")
        pulumi.export("arn", queue.arn.apply(reach))
        pulumi.export("name", queue.name)

    assert run_function(Echo(arns=False), _stack(tmp_path), program, preview=True) == {
        "arn": None,
        "name": "fixed",
    }
    assert reached == []


def test_a_programs_error_is_raised(tmp_path: Path) -> None:
    """The program's exception is raised, also one of an output."""

    def at_once() -> None:
        aws.sqs.Queue("queue")
        raise pulumi.RunError("no such thing")

    def later() -> None:
        pulumi.export("arn", aws.sqs.Queue("queue").arn.apply(int))

    with pytest.raises(pulumi.RunError, match=r"^no such thing$"):
        run_function(Echo(), _stack(tmp_path), at_once)
    with pytest.raises(ValueError, match="invalid literal"):
        run_function(Echo(), _stack(tmp_path), later)
    assert run_function(Echo(), _stack(tmp_path), lambda: None) == {}
