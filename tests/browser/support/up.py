"""`make local` for tests: `python -m tests.browser.support.up FOLDER`.

It deploys the copy of the stack `local`, on free ports, and leaves a developer's running stack
alone: its lock, its outputs and the console's token are in the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

from local import cli
from tests.support.stacks import SHIPPED, load
from tooling.running import RunningStack

if __name__ == "__main__":
    options = cli.Options(
        running=RunningStack(Path(sys.argv[1])), settings=lambda stack: load(SHIPPED[stack])
    )
    cli.app(["up", "--port", "0"], obj=options)
