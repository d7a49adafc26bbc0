"""The Pulumi program in a fresh interpreter, under mocks: CPU, memory, and the variables.

`python -m benchmarks.program STACK_FILE` prints a JSON object. Bundles have no dependencies, as on
the embedded AWS, because installing them is no part of a preview.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi

from local.deployment import program
from tooling import graph_recorder, stackfile
from tooling.root import ROOT

if TYPE_CHECKING:
    from tooling.stackfile import StackFile

_ENDPOINTS: Final = {"aws:endpoints": '[{"lambda": "http://127.0.0.1:4566"}]'}
_FUNCTION: Final = "aws:lambda/function:Function"
_KIB_PER_MB: Final = 1024

# What AWS would compute, as `tooling/graph_recorder.py` writes it, such as
# `<aws:sqs/queue:Queue orders.url>`.
_REFERENCE: Final = re.compile(r"<aws:(\w+)/\w+:\w+ ([\w-]+)\.(\w+)>")
_COMPUTED: Final = {
    "arn": "arn:aws:{service}:us-east-1:123456789012:{name}",
    "url": "https://{service}.us-east-1.amazonaws.com/123456789012/{name}",
}


class _Unknown(pulumi.runtime.Mocks):
    """A cloud that computes nothing, as in a preview."""

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        """Return the ID, which a preview does not know, and the inputs."""
        return None, args.inputs

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Return the response of a data source; all of them get the same."""
        names = {"name": "us-east-1", "region": "us-east-1", "dnsSuffix": "amazonaws.com"}
        return {**names, **args.args, "id": "id", "accountId": "1", "partition": "aws"}, []


def main(file: Path) -> dict[str, Any]:
    """Preview a stack; return what it took since the interpreter's start, and all variables."""
    stack = stackfile.load(file.name.split(".")[1], ROOT, file)
    config = {**_ENDPOINTS, **stack.config}
    for key, value in graph_recorder.PLACEHOLDERS.items():
        config[f"{stack.project}:{key}"] = config.get(f"{stack.project}:{key}") or value
    stack = replace(stack, config=config)
    program.run(_Unknown(), stack, preview=True)
    cpu = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "cpuSeconds": cpu,
        "peakMegabytes": peak / _KIB_PER_MB,
        "variables": _variables(stack),
    }


def _variables(stack: StackFile) -> dict[str, dict[str, str]]:
    """Return the environment variables of each function."""
    graph = graph_recorder.record(
        ROOT, graph_recorder.StackFile(stack.project, stack.stack, dict(stack.config))
    )
    resources = graph["resources"].values()
    functions = [each["inputs"] for each in resources if each["type"] == _FUNCTION]
    deployed = json.loads(_REFERENCE.sub(_computed, json.dumps(functions)))
    return {each["handler"].split(".")[1]: each["environment"]["variables"] for each in deployed}


def _computed(reference: re.Match[str]) -> str:
    service, name, output = reference.groups()
    return _COMPUTED.get(output, "{name}").format(service=service, name=name)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
