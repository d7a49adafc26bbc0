"""Standard output that cannot be written: one sentence and exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.support.shell import CLOSED_PIPE, with_output_to
from tooling import standard_output
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_NO_SPACE = "The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize(
    ("redirection", "sentence"),
    [
        (">/dev/full", _NO_SPACE),
        (">&-", "Standard output is closed.\n"),
        (CLOSED_PIPE, ""),  # the library that prints the help ends so
    ],
)
def test_a_command_ends_with_a_sentence(tmp_path: Path, redirection: str, sentence: str) -> None:
    """The exit code is 1, and standard error has one sentence and no traceback."""
    command = f"'{sys.executable}' -m local --help; echo $? >&3;"
    line = f"exec 3>&2; {{ {with_output_to(redirection, command, tmp_path)}; }}"
    environment = {"PATH": os.environ["PATH"]}
    shell = ["/bin/sh", "-c", line]
    process = subprocess.run(  # noqa: S603 (constants)
        shell, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (process.stdout, process.stderr) == ("", f"{sentence}1\n")


def test_errors_of_the_output_are_told_from_errors_of_files(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """An error of the output is reported; one of a file is raised."""

    def full() -> NoReturn:
        raise OSError(28, "No space left on device")

    def missing() -> NoReturn:
        raise FileNotFoundError(2, "No such file or directory", "here")

    reported: list[str] = []
    with pytest.raises(FileNotFoundError):
        standard_output.run(missing, reported.append)
    assert reported == []
    descriptor = os.dup(1)  # which is discarded
    try:
        with capfd.disabled(), pytest.raises(SystemExit) as end:
            standard_output.run(full, reported.append)
    finally:
        os.dup2(descriptor, 1)
        os.close(descriptor)
    assert (end.value.code, reported) == (1, [_NO_SPACE.strip()])
