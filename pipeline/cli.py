"""The commands of `python -m pipeline`, which the workflows run (docs/pipeline.md)."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline import events, report
from pipeline.github import NotFoundError, Repository
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL: Final = "deploy"
"""The label that gives a pull request a stack."""

_STACK: Final = re.compile(r"(?:.*/)?pr-([1-9][0-9]*)")


class _Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviated options."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"{error.filename} cannot be read: {error.strerror}.\n")
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    root = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    commands = root.add_subparsers(required=True, parser_class=_Parser)

    command = commands.add_parser("preview", help="print the comment about a preview")
    command.add_argument("--stack", required=True)
    command.add_argument("--events", required=True, type=Path, help="the preview's event log")
    command.add_argument("--costs", type=Path, help="the Markdown of scripts/cost-diff")
    command.set_defaults(command=_preview)

    command = commands.add_parser("comment", help="write comments on a pull request")
    command.add_argument("--pull-request", required=True, type=int)
    command.add_argument("files", nargs="+", type=Path, help="the output of `preview`")
    command.set_defaults(command=_comment)

    command = commands.add_parser("drift", help="print the issue about drift; nothing without")
    command.add_argument("--stack", required=True)
    command.add_argument("--commit", required=True, help="the commit that was deployed last")
    command.add_argument("--events", required=True, type=Path, help="the preview's event log")
    command.set_defaults(command=_drift)

    command = commands.add_parser("issues", help="open, update or close the issues about drift")
    command.add_argument("files", nargs="+", type=Path, help="<stack>.md, the output of `drift`")
    command.set_defaults(command=_issues)

    command = commands.add_parser("deployed", help="print the commit that was deployed last")
    command.add_argument("--environment", required=True)
    command.set_defaults(command=_deployed)

    command = commands.add_parser("check-newer", help="fail if a newer commit is already deployed")
    command.add_argument("--environment", required=True)
    command.add_argument("--commit", required=True)
    command.set_defaults(command=_check_newer)

    command = commands.add_parser(
        "abandoned", help="print the stacks without an open pull request, as JSON"
    )
    command.add_argument("stacks", type=Path, help="the output of `pulumi stack ls --json`")
    command.set_defaults(command=_abandoned)
    return root


def _preview(options: argparse.Namespace) -> None:
    costs = options.costs.read_text(encoding="utf-8") if options.costs else ""
    preview = events.read(options.events)
    sys.stdout.write(report.comment(options.stack, preview, costs, _log()))


def _comment(options: argparse.Namespace) -> None:
    repository = Repository.of_the_runner()
    others = []
    for file in options.files:
        body = file.read_text(encoding="utf-8")
        marker = body.partition("\n")[0]
        if report.is_marker(marker):
            repository.save_comment(options.pull_request, marker, body)
        else:
            others.append(str(file))
    if others:
        raise UserError(
            f"The first line is not that of a comment about a preview: {', '.join(others)}."
        )


def _drift(options: argparse.Namespace) -> None:
    preview = events.read(options.events)
    if not preview.complete:
        raise UserError(f"The preview of {options.stack} failed; its own output says why.")
    if preview.changes:
        sys.stdout.write(report.drift(options.stack, preview, options.commit, _log()))


def _issues(options: argparse.Namespace) -> None:
    repository = Repository.of_the_runner()
    for file in options.files:
        body = file.read_text(encoding="utf-8")
        repository.save_issue(f"Drift in the stack {file.stem}", body or None)


def _deployed(options: argparse.Namespace) -> None:
    commit = Repository.of_the_runner().deployed_commit(options.environment)
    sys.stdout.write(f"{commit or ''}\n")


def _check_newer(options: argparse.Namespace) -> None:
    repository = Repository.of_the_runner()
    deployed = repository.deployed_commit(options.environment)
    if deployed and repository.is_older(options.commit, than=deployed):
        raise UserError(
            f"{options.environment} has the newer commit {deployed}. To return to an older "
            "version, run `make rollback` or revert the change on main."
        )


def _abandoned(options: argparse.Namespace) -> None:
    repository = Repository.of_the_runner()
    names = [stack["name"] for stack in json.loads(options.stacks.read_text(encoding="utf-8"))]
    numbers = sorted({int(match[1]) for match in map(_STACK.fullmatch, names) if match})
    stacks = [f"pr-{number}" for number in numbers if _is_abandoned(repository, number)]
    sys.stdout.write(f"{json.dumps(stacks)}\n")


def _is_abandoned(repository: Repository, number: int) -> bool:
    try:
        return not repository.has_open_pull_request(number, LABEL)
    except NotFoundError as error:
        # It may be somebody's own stack; or the token may not see pull requests.
        sys.stderr.write(f"The stack pr-{number} stays: {error}\n")
        return False


def _log() -> str:
    """Return the address of the run whose step this is."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (os.environ.get(name, "") for name in names)
    return f"{server}/{repository}/actions/runs/{run}"
