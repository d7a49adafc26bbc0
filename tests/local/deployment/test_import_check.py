"""A handler that cannot be imported is reported at the deployment."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NoReturn

import pytest
from typer.testing import CliRunner

from infra.functions.bundle import Bundler
from local import cli
from local.deployment.import_check import ImportCheck
from local.deployment.resources import Resource, file_at
from tests.support.project_copy import copy_project, run_python
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_HANDLER = (
    "import os\n\nNAME = os.environ['NAME']\n\n\ndef handler(event, context):\n    return NAME\n"
)


def _bundler(tmp_path: Path, source: str) -> Bundler:
    package = tmp_path / "handlers" / "greeting"
    package.mkdir(parents=True)
    for init in (package.parent / "__init__.py", package / "__init__.py"):
        init.touch()
    (package / "handler.py").write_text(source, encoding="utf-8")
    return Bundler(with_dependencies=False, handlers=package.parent, cache=tmp_path / "cache")


def _function(bundler: Bundler) -> Resource:
    return Resource(
        kind="aws:lambda/function:Function",
        name="greeting-function",
        id="greeting",
        inputs={
            "handler": "handlers.greeting.handler.handler",
            "code": file_at(str(bundler.bundle("greeting"))),
            "environment": {"variables": {"NAME": "jane"}},
        },
        outputs={},
    )


def test_a_handler_is_imported_as_the_function_does(tmp_path: Path) -> None:
    """The module is imported from its bundle with the function's environment."""
    with ImportCheck(dict(os.environ)) as check:
        check.require_functions([_function(_bundler(tmp_path, _HANDLER))])


def test_an_import_that_never_ends_is_reported(tmp_path: Path) -> None:
    """The sentence names the function and the line."""
    bundler = _bundler(tmp_path, "while True:\n    pass\n")

    with (
        ImportCheck(dict(os.environ), timeout_seconds=2) as check,
        pytest.raises(
            UserError,
            match=r"'greeting' cannot be imported: handlers/greeting/handler.py, line [12]",
        ),
    ):
        check.require_functions([_function(bundler)])


@pytest.mark.parametrize(
    ("mistake", "cause"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import local", "ModuleNotFoundError: No module named 'local'"),
        ("raise RuntimeError('not today')", "RuntimeError: not today"),
        ("os.environ['MISSING']", "KeyError: 'MISSING'"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("print('a line'); raise SystemExit('stop')", "SystemExit: stop"),
    ],
)
def test_a_handler_that_cannot_be_imported(tmp_path: Path, mistake: str, cause: str) -> None:
    """The sentence names the function, the file, the line and the cause."""
    bundler = _bundler(tmp_path, _HANDLER.replace("\n\n\ndef", f"\n{mistake}\n\n\ndef"))
    with ImportCheck(dict(os.environ)) as check, pytest.raises(UserError) as refused:
        check.require_functions([_function(bundler)])
    assert str(refused.value) == (
        f"The function 'greeting' cannot be imported: handlers/greeting/handler.py, line 4: {cause}"
    )


def test_an_error_in_an_email_template_is_located(tmp_path: Path) -> None:
    """A filter that the email's template misspells is reported with the template's line."""
    handlers = tmp_path / "handlers"
    shutil.copytree(ROOT / "handlers", handlers, ignore=shutil.ignore_patterns("__pycache__"))
    template = handlers / "email" / "templates" / "confirmation.html"
    template.write_text("Hello\n{{ order.customer_name | clena }}\n", encoding="utf-8")
    bundler = Bundler(with_dependencies=False, handlers=handlers, cache=tmp_path / "cache")
    module = {
        "function": "email",
        "bundle": str(bundler.bundle("email")),
        "module": "handlers.email.message",
        "environment": {},
        "timeout": 60,
    }
    with ImportCheck(dict(os.environ)) as check, pytest.raises(UserError) as refused:
        check.require([module])
    assert "handlers/email/templates/confirmation.html, line 2: " in str(refused.value)
    assert str(refused.value).endswith("No filter named 'clena'.")


@pytest.mark.slow
def test_a_first_deployment_imports_every_handler(tmp_path: Path) -> None:
    """A handler that compiles and cannot be imported ends the command, with file and line."""
    root = copy_project(tmp_path)
    handler = root / "handlers" / "audit" / "handler.py"
    handler.write_text(f"import no_such_module\n{handler.read_text()}", encoding="utf-8")
    result = run_python(root, "-m", "local", "demo", timeout_seconds=120)
    assert result.returncode == 1
    assert result.stderr.startswith(
        "The function 'audit' cannot be imported: handlers/audit/handler.py, line 1: "
        "ModuleNotFoundError"
    )


def _no_emulator(port: int) -> NoReturn:
    raise AssertionError(port)


@pytest.mark.parametrize("command", ["demo", "up"])
def test_nothing_is_started_with_a_broken_source(tmp_path: Path, command: str) -> None:
    """The commands end with the file and the line, and start no emulator."""
    options = cli.Options(bundler=_bundler(tmp_path, "def f(:\n"), emulator=_no_emulator)
    result = CliRunner().invoke(cli.app, [command], obj=options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("handlers/greeting/handler.py, line 1: ")
