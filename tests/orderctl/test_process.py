"""orderctl as a process: script, package, shell completion, signals, redirected output."""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderctl.output import Line, View
from tests.support.polling import eventually
from tests.support.shell import CLOSED_PIPE, with_output_to
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from tests.orderctl.conftest import Run


def test_help_is_quick() -> None:
    """--help imports neither Pulumi nor an AWS SDK, nor the handlers' libraries."""
    heavy = (
        "boto3",
        "botocore",
        "pulumi",
        "pydantic",
        "handlers",
        "tooling.clients",
        "yaml",
    )
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom orderctl import cli\n"
        "assert CliRunner().invoke(cli.app, ['--help']).exit_code == 0\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    process = subprocess.run(  # noqa: S603 (a constant command)
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert process.stdout == "[]\n"


def test_the_script_runs_from_anywhere(tmp_path: Path) -> None:
    """`scripts/orderctl` finds its code, and files relative to the working directory."""
    (tmp_path / "outputs.json").write_text("{}")
    process = subprocess.run(  # noqa: S603 (a constant command)
        [ROOT / "scripts" / "orderctl", "dlq", "list", "--outputs", "outputs.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr == (
        "outputs.json does not hold a stack's outputs as JSON: accountId: Field required.\n"
    )


@pytest.mark.parametrize(
    ("number", "code", "name"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
)
def test_a_signal_ends_the_process(tmp_path: Path, number: int, code: int, name: str) -> None:
    """SIGINT and SIGTERM end the process with their exit codes and without a traceback."""
    pipe = tmp_path / "outputs.json"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "orderctl", "dlq", "list", "--outputs", str(pipe)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 (as above)
        try:
            (writer,) = eventually(
                lambda: _opened(pipe), "orderctl reading its outputs", timeout=60
            )
            process.send_signal(number)
            _, error = process.communicate(timeout=60)
        finally:
            process.kill()  # or a failed test would wait for it
    os.close(writer)

    consequence = "completed steps are kept; run the same command again for the rest."
    assert (process.returncode, error.strip()) == (code, f"{name}; {consequence}")


def _opened(pipe: Path) -> list[int]:
    """Open a pipe for writing, which succeeds once it has a reader."""
    with contextlib.suppress(OSError):
        return [os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)]
    return []


def test_the_version(run: Run) -> None:
    """`--version` prints the version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert run("--version").stdout == f"orderctl {project['version']}\n"


@pytest.mark.parametrize(
    ("words", "completion"),
    [("orderctl ", "replay"), ("orderctl dlq re", "redrive"), ("orderctl show --sta", "--stack")],
)
def test_shell_completion(words: str, completion: str) -> None:
    """Typer's completion offers commands and options."""
    environment = {
        **os.environ,
        "_ORDERCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    command = [sys.executable, "-m", "orderctl"]
    process = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert completion in process.stdout.split()


def test_the_script_follows_symbolic_links(tmp_path: Path) -> None:
    """`scripts/orderctl` finds its code through absolute and relative symbolic links."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "absolute").symlink_to(ROOT / "scripts" / "orderctl")
    (tmp_path / "bin" / "orderctl").symlink_to("../absolute")

    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    process = subprocess.run(
        ["orderctl", "--version"],  # noqa: S607 (PATH is tested)
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.startswith("orderctl ")


def test_the_script_without_its_packages(tmp_path: Path) -> None:
    """In the .venv of `pulumi install`, the script says what installs its packages."""
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "orderctl", tmp_path / "scripts")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    process = subprocess.run([script], capture_output=True, text=True, check=False)  # noqa: S603 (as above)
    assert process.returncode == 1
    assert process.stderr == (
        f"{tmp_path}/.venv does not have the packages of orderctl; any target of make, such as "
        "'make local', installs them.\n"
    )


def test_the_installed_package_is_complete() -> None:
    """The project's packages and dependencies hold everything that `orderctl` imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {"orderctl": "orderctl.__main__:main"}
    packages = {
        pattern.removesuffix("*")
        for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    requirements = project["tool"]["setuptools"]["dynamic"]["dependencies"]["file"]
    requirements = {
        re.split(r"[=\[]", line)[0]
        for file in requirements
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    files = _imported_files()
    assert {path.relative_to(ROOT).parts[0] for path in files} <= packages

    owners = importlib.metadata.packages_distributions()
    distributions = (
        {name for path in files for name in _imports(path)} - packages - sys.stdlib_module_names
    )
    assert {_normalized(owners[name][0]) for name in distributions} <= _with_requirements(
        requirements
    )


def _imported_files() -> set[Path]:
    """Return the project's own files that the commands import."""
    modules = [path.stem for path in (ROOT / "orderctl").glob("*.py") if path.stem != "__init__"]
    code = (
        "import sys, importlib\n"
        f"for name in {modules}: importlib.import_module('orderctl.' + name)\n"
        "for module in sys.modules.values(): print(getattr(module, '__file__', None) or '')"
    )
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = {Path(line) for line in process.stdout.splitlines()}
    return {path for path in paths if path.is_relative_to(ROOT) and ".venv" not in path.parts}


def _imports(path: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    tree = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in tree if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def _with_requirements(names: set[str]) -> set[str]:
    """Return distributions and their requirements."""
    distributions = {_normalized(name) for name in names}
    requirements = [
        one
        for name in distributions
        for one in importlib.metadata.requires(name) or []
        if "extra ==" not in one
    ]
    return distributions | {
        _normalized(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in requirements
    }


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_full_disk(*, as_json: bool) -> None:
    """A result that cannot be written ends in one sentence."""
    view = View(data={"a": 1}, parts=[Line("a")])

    with (
        contextlib.suppress(OSError),  # closing it fails, too
        Path("/dev/full").open("w", encoding="utf-8") as full,
        contextlib.redirect_stdout(full),
        pytest.raises(UserError) as error,
    ):
        view.show(as_json=as_json)
    assert str(error.value) == "The result cannot be written: No space left on device."


_REDIRECTIONS = {
    "full": ">/dev/full",
    "closed": ">&-",
    "closed pipe": CLOSED_PIPE,
    "nowhere": ">/dev/full 2>/dev/full",
    "no input": "<&-",
}


@pytest.mark.parametrize("redirection", _REDIRECTIONS.values(), ids=_REDIRECTIONS)
@pytest.mark.parametrize(
    "command",
    ["--version", "dlq --help", "dlq list --outputs -", "nonsense"],
)
def test_the_process_ends_with_one_sentence(tmp_path: Path, command: str, redirection: str) -> None:
    """With any redirection a process prints at most one sentence; unwritable output is an error."""
    script = f"'{sys.executable}' -m orderctl {command}; echo $? >code;"
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}  # and no home
    process = subprocess.run(  # noqa: S603 (a constant command)
        ["/bin/sh", "-c", with_output_to(redirection, script, tmp_path)],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    code = int((tmp_path / "code").read_text())
    successes = {"--version", "dlq --help"}
    assert code == (0 if redirection == "<&-" and command in successes else code or 1)
    assert "Traceback" not in process.stderr
    assert "Exception ignored" not in process.stderr
    if command in successes or command.startswith("dlq list"):
        assert len(process.stderr.splitlines()) <= 1
        assert bool(process.stderr) == (code != 0 and "2>" not in redirection)
