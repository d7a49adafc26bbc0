"""What people see: whole IDs, times and commands at every width, colours on a terminal alone, options anywhere."""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import cli
from tooling.root import ROOT

if TYPE_CHECKING:
    from tests.orderctl.conftest import Run
    from tests.orderctl.support.operator import Desk

_UUID = "8a3c1a56-2d0f-4a0e-9b6e-4f5a3f1f7c11"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_COLOUR = "\x1b["


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        """As a terminal."""
        return True


@pytest.fixture
def on_terminal(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on a terminal of a width, and return what it shows."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def show(width: int, *arguments: str, **environment: str) -> str:
        for name, value in {"COLUMNS": str(width), "LINES": "50", **environment}.items():
            monkeypatch.setenv(name, value)
        terminal = Terminal()
        with contextlib.redirect_stdout(terminal), contextlib.suppress(SystemExit):
            cli.app([*arguments, "--outputs", str(tmp_path / "outputs.json")])
        return terminal.getvalue()

    del run  # it has written the outputs, and made the clients
    return show


def an_order_with_everything(desk: Desk) -> dict[str, Any]:
    """An order whose IDs are as long as usual ones, which is dead-lettered in two queues."""
    ids = {
        "customerId": _UUID.replace("8a", "1b"),
        "correlationId": _UUID.replace("8a", "2c"),
        "requestId": "r" * 36,
    }
    order = desk.order(orderId=_UUID, **ids)
    event = desk.deliver(_UUID, "audit")
    for queue in ("email", "orders"):
        desk.dead_letter(queue, event)
    return order


@pytest.mark.parametrize("width", [20, 40, 80, 120, 300])
def test_nothing_that_is_copied_is_broken(desk: Desk, on_terminal: Any, width: int) -> None:
    """At every width, IDs, times and advised commands stand whole in one line."""
    order = an_order_with_everything(desk)
    relay = desk.relay_letter(_UUID)

    story = on_terminal(width, "show", _UUID, "--logs-for", "9999d").splitlines()
    listed = on_terminal(width, "dlq", "show", "email").splitlines()
    queues = on_terminal(width, "dlq", "list").splitlines()
    relays = on_terminal(width, "dlq", "show", "relay").splitlines()

    for text in (
        _UUID,
        order["customerId"],
        order["correlationId"],
        order["requestId"],
        order["createdAt"],
    ):
        assert any(text in line for line in story), text
    for queue in ("email", "orders"):
        assert any(f"orderctl dlq redrive {queue} --order {_UUID}" in line for line in story)
    assert sum(len(_TIME.findall(line)) for line in story) >= 4
    assert any(_UUID in line for line in listed)
    assert any(_TIME.search(line) for line in listed)
    assert sum(len(_TIME.findall(line)) for line in queues) == 6  # oldest and lost of three queues
    assert any(relay in line for line in relays)


def test_without_a_terminal_lines_are_whole(
    run: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe or a file, a table's row is one line, whatever COLUMNS says, and there are no colours."""
    monkeypatch.setenv("COLUMNS", "30")
    order = an_order_with_everything(desk)

    shown = run("show", _UUID, "--logs-for", "9999d").stdout

    assert _COLOUR not in shown
    (stored,) = (line for line in shown.splitlines() if "stored" in line and "│" in line)
    assert order["createdAt"] in stored
    assert f"orderctl dlq redrive email --order {_UUID}\n" in shown


@pytest.mark.parametrize("width", [60, 80, 300])
def test_colours_say_good_and_bad(desk: Desk, on_terminal: Any, width: int) -> None:
    """On a terminal, what is done is green, what failed is red; with NO_COLOR there is no escape sequence at all."""
    an_order_with_everything(desk)

    coloured = on_terminal(width, "show", _UUID)
    assert re.search(r"\x1b\[32m *done", coloured)
    assert re.search(r"\x1b\[31m *dead-lettered", coloured)
    assert re.search(r"\x1b\[31m *1", on_terminal(width, "dlq", "list"))

    for command in (
        ("show", _UUID),
        ("dlq", "list"),
        ("dlq", "redrive", "email", "--all", "--dry-run"),
    ):
        assert _COLOUR not in on_terminal(width, *command, NO_COLOR="1")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--outputs", "{}", "--json", "dlq", "list"),
        ("--json", "dlq", "--outputs", "{}", "list"),
        ("dlq", "--json", "list", "--outputs", "{}"),
        ("dlq", "list", "--outputs", "{}", "--json"),
        ("--outputs", "wrong.json", "dlq", "list", "--outputs", "{}", "--json"),
    ],
    ids=" ".join,
)
def test_options_stand_anywhere(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """--outputs and --json mean the same before the command as behind it; the last one counts."""
    result = run(*(one.format(tmp_path / "outputs.json") for one in arguments))

    assert (result.exit_code, result.stderr) == (0, "")
    assert len(json.loads(result.stdout)["queues"]) == 4


@pytest.mark.parametrize(
    "command", [("show", "ORDER-1"), ("dlq", "list"), ("replay", "--since", "1d")]
)
def test_a_stack_may_be_named_first(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """`orderctl --stack prod ...` asks for that stack, whichever command follows."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("tests.orderctl.conftest.CliRunner", _WithoutOutputs)

    result = run("--stack", "prod", *command)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The Pulumi CLI, which --stack needs")


class _WithoutOutputs:
    """Calls a command without the options that the fixture adds."""

    def invoke(self, app: Any, arguments: list[str], **more: Any) -> Any:
        """Leave out the last two."""
        from typer.testing import CliRunner  # noqa: PLC0415 (the fixture's is replaced)

        return CliRunner().invoke(app, arguments[:-2], **more)


def test_both_ways_to_a_stack_are_too_many(run: Run) -> None:
    """--stack before the command and --outputs behind it are as contradictory as side by side."""
    result = run("--stack", "prod", "dlq", "list")

    assert (result.exit_code, result.stderr) == (2, "Use either --stack or --outputs, not both.\n")


def test_the_version_is_the_project_s(run: Run) -> None:
    """`--version` prints the version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert run("--version").stdout == f"orderctl {project['version']}\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [("orderctl ", "replay"), ("orderctl dlq re", "redrive"), ("orderctl show --sta", "--stack")],
)
def test_a_shell_completes(words: str, offered: str) -> None:
    """Typer's completion offers commands and options."""
    environment = {
        **os.environ,
        "_ORDERCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    command = [sys.executable, "-m", "orderctl"]
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert offered in done.stdout.split()


def test_the_script_runs_through_links(tmp_path: Path) -> None:
    """`scripts/orderctl` finds its code through any number of symbolic links, absolute and relative ones."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "absolute").symlink_to(ROOT / "scripts" / "orderctl")
    (tmp_path / "bin" / "orderctl").symlink_to("../absolute")

    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["orderctl", "--version"],  # noqa: S607 (which is what is tested)
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("orderctl ")


def test_what_is_installed_is_enough() -> None:
    """The project's entry point, packages and dependencies hold everything that `orderctl` imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {"orderctl": "orderctl.__main__:main"}
    packages = {
        pattern.removesuffix("*")
        for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    files = project["tool"]["setuptools"]["dynamic"]["dependencies"]["file"]
    declared = {
        re.split(r"[=\[]", line)[0]
        for file in files
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    loaded = _imported_files()
    assert {path.relative_to(ROOT).parts[0] for path in loaded} <= packages

    owners = importlib.metadata.packages_distributions()
    imported = (
        {name for path in loaded for name in _imports(path)} - packages - sys.stdlib_module_names
    )
    assert {_normalized(owners[name][0]) for name in imported} <= _with_requirements(declared)


def _imported_files() -> set[Path]:
    """The project's own files that the commands import."""
    modules = [path.stem for path in (ROOT / "orderctl").glob("*.py") if path.stem != "__init__"]
    code = (
        f"import sys, importlib\nfor name in {modules}: importlib.import_module('orderctl.' + name)\n"
        "print(*filter(None, (getattr(module, '__file__', None) for module in sys.modules.values())), sep='\\n')"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = {Path(line) for line in done.stdout.splitlines()}
    return {path for path in paths if path.is_relative_to(ROOT) and ".venv" not in path.parts}


def _imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    tree = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in tree if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def _with_requirements(names: set[str]) -> set[str]:
    """Distributions, and what they require by themselves."""
    found = {_normalized(name) for name in names}
    required = [
        one
        for name in found
        for one in importlib.metadata.requires(name) or []
        if "extra ==" not in one
    ]
    return found | {_normalized(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in required}


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-")


def test_an_error_is_red_on_a_terminal_alone(run: Run) -> None:
    """A sentence on standard error holds no escape sequence where that is no terminal."""
    assert _COLOUR not in run("show", "no such ID").stderr
