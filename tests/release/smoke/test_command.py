"""The command `release smoke`, as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from orderctl.cli_support import Settings
from release import cli
from release.smoke.api import SIMULATOR
from tests.release.smoke.stacks import (
    DIRECT,
    TOKEN,
    internal_error,
    outputs_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.release.smoke.api_server import ApiServer


@pytest.fixture
def smoke(api: ApiServer, tmp_path: Path) -> Callable[..., Any]:
    """Run `python -m release smoke` on the mocked account."""

    def invoke(*arguments: str, stdin: str | None = None, **outputs: Any) -> Any:
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps(outputs_of(api, **outputs)))
        settings = Settings(connect=api.operator.connector())
        options = ["smoke", "--outputs", str(file), *arguments]
        return CliRunner().invoke(cli.app, options, input=stdin, obj=settings)

    return invoke


def test_the_command_prints_each_step(smoke: Callable[..., Any]) -> None:
    """The command prints a line for each step with its time, and ends with 0."""
    result = smoke()
    assert result.exit_code == 0, result.stderr
    *lines, last = result.stdout.splitlines()
    assert [line.split()[2] for line in lines] == DIRECT
    assert last == "The smoke test passed."


def test_the_command_as_json(smoke: Callable[..., Any], api: ApiServer) -> None:
    """With --json it prints one object, also about a failure, whose exit code is 1."""
    data = json.loads(smoke("--json").stdout)
    assert (data["passed"], data["failedStep"]) == (True, None)
    assert [step["name"] for step in data["steps"]] == DIRECT
    api.respond = internal_error
    result = smoke("--json")
    assert (result.exit_code, json.loads(result.stdout)["failedStep"]) == (1, "accepted")
    assert result.stderr.startswith("accepted: the API responded with 500")


def test_neither_addresses_nor_credentials_are_printed(
    smoke: Callable[..., Any], api: ApiServer
) -> None:
    """Whether it passes or fails, the output has no email address and no token."""
    for consumers in (("email", "audit"), ("audit",)):
        api.consumers = consumers
        result = smoke("--credentials", "-", "--timeout", "1", stdin=TOKEN, auth="jwt")
        for text in (TOKEN, SIMULATOR, "success@"):
            assert text not in result.output


def test_credentials_come_from_a_file(smoke: Callable[..., Any], tmp_path: Path) -> None:
    """A token in a file is used; one that is missing, or two from standard input, are errors."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert smoke("--credentials", str(file), auth="jwt").exit_code == 0
    nothing = tmp_path / "nothing"
    missing = smoke("--credentials", str(nothing), auth="jwt")
    reason = f"--credentials {nothing} cannot be read: No such file or directory.\n"
    assert (missing.exit_code, missing.stderr) == (1, reason)
    file.write_text("")
    assert "must hold a token" in smoke("--credentials", str(file), auth="jwt").stderr
