"""Every command of a workflow, and every file, secret and variable that it names, exists."""

from __future__ import annotations

import importlib
import os
import re
from typing import TYPE_CHECKING

import pytest
import typer.main

from pipeline import cli
from tests.repository.support.shell import simple_commands
from tests.repository.support.workflows import FILES, all_jobs, commands, read
from tests.support.stacks import PULL_REQUEST
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# Of the runner's image; https://github.com/actions/runner-images has its content.
_OF_THE_RUNNER = {"cp", "echo", "head", "jq", "mkdir", "touch", "true"}

# Of the Pulumi CLI 3.272.0, which is no Python package: `pulumi <command> --help`. `--event-log` is
# there with PULUMI_DEBUG_COMMANDS=true, as Pulumi's Automation API uses it.
_PULUMI = {
    "preview": {
        "--diff",
        "--event-log",
        "--expect-no-changes",
        "--non-interactive",
        "--policy-pack",
        "--refresh",
        "--stack",
    },
    "destroy": {"--non-interactive", "--remove", "--stack", "--yes"},
    "stack ls": {"--json"},
    "stack select": {"--create", "--non-interactive", "--secrets-provider"},
}


def _steps() -> Iterator[tuple[str, list[str]]]:
    for file, name, job in all_jobs():
        if "steps" in job:
            for script in commands(job):
                for command in simple_commands(script):
                    yield f"{file}/{name}: {' '.join(command)}", command


_COMMANDS = dict(_steps())


def _typer(module: str) -> Callable[[Sequence[str]], object]:
    """Parse arguments as a command line of Typer, and run nothing."""

    def parse(arguments: Sequence[str]) -> object:
        group = typer.main.get_command(importlib.import_module(module).app)
        context = typer.Context(group)
        name, *options = arguments
        command = group.get_command(context, name)  # type: ignore[attr-defined] # a group
        assert command is not None, f"there is no command {name}"
        try:
            return command.make_context(name, [*options], parent=context)
        except Exception as error:
            raise AssertionError(str(error)) from error

    return parse


def _bundle(arguments: Sequence[str]) -> object:
    return importlib.import_module("infra.functions.bundle.__main__").parser().parse_args(arguments)


# By module, what parses its arguments.
_MODULES: dict[str, Callable[[Sequence[str]], object]] = {
    "infra.functions.bundle": _bundle,
    "pipeline": lambda arguments: cli.parser().parse_args(arguments),
    "release": _typer("release.cli"),
}


def _check_make(words: Sequence[str]) -> None:
    for target in words:
        name, is_variable, _ = target.partition("=")
        if is_variable:
            assert f"$({name})" in read("Makefile"), f"no target uses {name}"
            continue
        own = re.search(rf"^{re.escape(target)}:", read("Makefile"), re.MULTILINE)
        assert own or target == ".venv/.ready", f"there is no target {target}"


def _check_script(script: str, words: Sequence[str]) -> None:
    assert os.access(ROOT / script, os.X_OK), f"{script} is no script"
    text = read(script)
    module = re.search(r"-m ([\w.]+) \"\$@\"", text)
    for option in (word for word in words if word.startswith("--")):
        source = text
        if module:
            path = module[1].replace(".", "/")
            source += "".join(
                read(file)
                for file in (f"{path}.py", f"{path}/__main__.py")
                if (ROOT / file).exists()
            )
        assert option in source, f"{script} has no option {option}"


def _check_module(module: str, words: Sequence[str]) -> None:
    assert module in _MODULES, f"nothing parses the arguments of {module}"
    _MODULES[module](words)


def _check_pulumi(words: Sequence[str]) -> None:
    name = " ".join(words[:2]) if words[0] == "stack" else words[0]
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert name in _PULUMI
    assert options <= _PULUMI[name]


@pytest.mark.parametrize("command", _COMMANDS.values(), ids=_COMMANDS)
def test_a_command_exists(command: list[str]) -> None:
    """A step's command is a target, script or module of this project, with options it accepts."""
    program, *words = command
    if program == "make":
        _check_make(words)
    elif program.startswith("scripts/"):
        _check_script(program, words)
    elif program in ("python3", ".venv/bin/python"):
        assert words[0] == "-m"
        _check_module(words[1], words[2:])
    elif program == "pulumi":
        _check_pulumi(words)
    else:
        assert program in _OF_THE_RUNNER


def test_commands_are_found() -> None:
    """The steps' scripts are read command by command, without redirections and keywords."""
    script = """
    x=$(python3 -m pipeline abandoned stacks.json)
    { echo '## a'; head -c 9 a.txt; } >> "$GITHUB_STEP_SUMMARY"
    for stack in dev prod; do
      scripts/cost-diff 'HEAD^1' HEAD --stack "$stack" > "costs/$stack.md" 2>&1 || true
    done
    if jq --arg a "$B" 'any(.[]; .name)' stacks.json; then
      pulumi destroy --stack "${STACK:-default}" --yes
    fi
    """
    assert list(simple_commands(script)) == [
        ["python3", "-m", "pipeline", "abandoned", "stacks.json"],
        ["echo", "## a"],
        ["head", "-c", "9", "a.txt"],
        ["scripts/cost-diff", "HEAD^1", "HEAD", "--stack", "1"],
        ["true"],
        ["jq", "--arg", "a", "1", "any(.[]; .name)", "stacks.json"],
        ["pulumi", "destroy", "--stack", "default", "--yes"],
    ]


@pytest.mark.parametrize(
    "command",
    [
        "make deplyo",
        "scripts/instal",
        "scripts/install --chek 1",
        "scripts/graph-diff --nothing",
        "python3 -m pipeline comments --pull-request 1 a.md",
        "python3 -m pipeline comment a.md",
        "python3 -m pipeline preview --stack 1 --event a",
        ".venv/bin/python -m infra.functions.bundle --digests",
        ".venv/bin/python -m release deplyo --stack 1",
        ".venv/bin/python -m release preflight --stak 1",
        ".venv/bin/python -m nothing",
        "pulumi preview --expect-changes",
        "pulumi refresh",
        "curl https://example.com",
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str) -> None:
    """A misspelt target, script, module, command or option does not pass."""
    (words,) = simple_commands(command)
    with pytest.raises((AssertionError, SystemExit)):
        test_a_command_exists(words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_that_a_workflow_names_exist(path: object) -> None:
    """Called workflows, documents and stack files that a workflow names are in the repository."""
    text = read(f".github/workflows/{path.name}")  # type: ignore[attr-defined] # a path
    for name in re.findall(r"\./(\.github/workflows/\S+)|(docs/[\w-]+\.md)", text):
        assert (ROOT / (name[0] or name[1])).is_file(), name
    # The one in the root is the user's, and is shipped as its copy.
    assert PULL_REQUEST.name not in text or PULL_REQUEST.is_file()


def test_secrets_and_variables_are_documented() -> None:
    """Every secret and variable that a workflow reads, and every environment, is in the page."""
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    page = read("docs/pipeline.md")
    names = set(re.findall(r"\b(?:secrets|vars)\.(\w+)", text))
    assert names
    assert {name for name in names if f"| `{name}` |" not in page} == set()
    environments = set(re.findall(r"environment: ([\w-]+)$", text, re.MULTILINE))
    assert {name for name in environments if f"| `{name}` |" not in page} == set()
