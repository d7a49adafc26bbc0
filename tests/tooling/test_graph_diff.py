"""Comparing resource graphs: what counts as a difference, and what is recorded of a stack."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from infra.config import StackConfig
from tests.support.stacks import PROJECT
from tooling import graph_diff
from tooling.graph_diff import DIFFERENT, EQUAL, FAILED, VARIANTS, compare, compare_states
from tooling.graph_recorder import read_stack
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_VARIANTS = ROOT / VARIANTS

_QUEUE = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::orders"
_OTHER = "urn:pulumi:dev::shop::orders:Api$aws:sqs/queue:Queue::accepted"
_TOPIC = "urn:pulumi:dev::shop::aws:sns/topic:Topic::events"


def _resource(
    urn: str = _QUEUE, *aliases: str, options: dict[str, Any] | None = None, **inputs: Any
) -> dict[str, Any]:
    kind = urn.split("::")[2].rpartition("$")[2]
    return {
        urn: {"type": kind, "inputs": inputs, "options": options or {}, "aliases": list(aliases)}
    }


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        pytest.param(_resource(delay=5), _resource(delay=5), [], id="equal"),
        pytest.param(_resource(), {}, [f"  - {_QUEUE}"], id="removed"),
        pytest.param({}, _resource(), [f"  + {_QUEUE}"], id="added"),
        pytest.param(
            _resource(),
            _resource(_OTHER),
            [f"  - {_QUEUE}", f"  + {_OTHER}"],
            id="another name without an alias",
        ),
        pytest.param(
            _resource(),
            _resource(_OTHER, _QUEUE),
            [f"  > {_QUEUE} renamed to {_OTHER}"],
            id="renamed with an alias",
        ),
        pytest.param(
            _resource(delay=5),
            _resource(_OTHER, _QUEUE, delay=6),
            [f"  > {_QUEUE} renamed to {_OTHER}", f"  ~ {_OTHER}", "      delay: 5 -> 6"],
            id="renamed and changed",
        ),
        pytest.param(
            _resource() | _resource(_TOPIC, arn="<aws:sqs/queue:Queue orders.arn>"),
            _resource(_OTHER, _QUEUE) | _resource(_TOPIC, arn="<aws:sqs/queue:Queue accepted.arn>"),
            [f"  > {_QUEUE} renamed to {_OTHER}"],
            id="a reference to a renamed resource",
        ),
        pytest.param(
            _resource(policy={"Statement": [{"Action": "a", "Effect": "Allow"}]}),
            _resource(policy={"Statement": [{"Effect": "Allow", "Action": "b"}]}),
            [f"  ~ {_QUEUE}", '      policy.Statement[0].Action: "a" -> "b"'],
            id="an input inside a policy",
        ),
        pytest.param(
            _resource(tags={"a": 1}, delay=1),
            _resource(tags={"a": 1, "b": [2]}, delay=True),
            [f"  ~ {_QUEUE}", "      delay: 1 -> true", "      tags.b: (none) -> [2]"],
            id="a new input and another type",
        ),
        pytest.param(
            _resource(options={"protect": True}),
            _resource(),
            [f"  ~ {_QUEUE}", "      options.protect: true -> (none)"],
            id="an option",
        ),
        pytest.param(
            _resource(_QUEUE, _OTHER),
            _resource(_QUEUE),
            [f"  ~ {_QUEUE}", f"      alias removed: {_OTHER}"],
            id="an alias removed",
        ),
    ],
)
def test_differences(base: dict[str, Any], head: dict[str, Any], expected: list[str]) -> None:
    """A resource is removed, added or changed, or renamed if the new one has an alias for it."""
    comparison = compare({"resources": base, "outputs": {}}, {"resources": head, "outputs": {}})
    assert list(comparison.lines()) == [graph_diff._short(line) for line in expected]  # noqa: SLF001 - shortens URNs


def test_exit_codes_and_summaries() -> None:
    """Every stack has a line; a stack on one side only differs, and one that fails is an error."""
    one, two = ({"resources": {}, "outputs": {"url": url}} for url in ("a", "b"))
    assert compare_states({"x": one}, {"x": one}) == (EQUAL, ["x: equal (0 resources)"])
    code, report = compare_states({"x": one, "y": one}, {"x": two, "z": one})
    assert (code, report[:3]) == (DIFFERENT, ["x:", "  ~ outputs", '      url: "a" -> "b"'])
    assert report[4:] == ["x: 1 changed (0 resources)", "y: only in base", "z: only in head"]
    code, report = compare_states({"x": {"error": "No sender."}, "y": one}, {"x": one, "y": two})
    assert (code, report[:2]) == (FAILED, ["x: not compared", "  base: No sender."])


_PROGRAM = """
import json, random
import pulumi, pulumi_aws as aws

class Component(pulumi.ComponentResource):
    def __init__(self, kind, name, **opts):
        super().__init__(kind, name, None, pulumi.ResourceOptions(**opts))

part = Component("orders:Part", "new", aliases=[pulumi.Alias(name="old", type_="orders:Old")])
inner = Component("orders:Inner", "new-inner", parent=part)
statement = list({"Effect": "Allow", "Action": "sqs:SendMessage"}.items())
random.shuffle(statement)
aws.sqs.Queue(
    "new-inner-queue",
    policy=json.dumps({"Statement": [dict(statement)]}),
    opts=pulumi.ResourceOptions(parent=inner, protect=True),
)
code = pulumi.AssetArchive({"code.py": pulumi.StringAsset(str(random.random()))})
function = aws.lambda_.Function("function", role="role", code=code)
pulumi.export("arn", function.arn)
pulumi.export("sender", pulumi.Config().require("emailFrom"))
pulumi.export("level", pulumi.Config().require("level"))
"""


def test_what_is_recorded(tmp_path: Path) -> None:
    """A recording has full URNs, inherited aliases, parsed documents, no code, and placeholders."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nconfig: {emailFrom: {default: ''}, level: {default: INFO}}"
    )
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {level: OFF}")
    (tmp_path / "__main__.py").write_text(_PROGRAM)
    (recorded,) = graph_diff.record_stacks(tmp_path, [tmp_path / "Pulumi.dev.yaml"])
    assert "error" not in recorded, recorded
    urn = "urn:pulumi:dev::shop::orders:Part$orders:Inner$aws:sqs/queue:Queue::new-inner-queue"
    assert recorded["resources"][urn] == {
        "type": "aws:sqs/queue:Queue",
        "inputs": {"policy": {"Statement": [{"Action": "sqs:SendMessage", "Effect": "Allow"}]}},
        "options": {"protect": True},
        "aliases": [
            "urn:pulumi:dev::shop::orders:Old$orders:Inner$aws:sqs/queue:Queue::old-inner-queue"
        ],
    }
    function = recorded["resources"]["urn:pulumi:dev::shop::aws:lambda/function:Function::function"]
    assert function["inputs"]["code"] == "code"
    assert recorded["outputs"] == {
        "arn": "<aws:lambda/function:Function function.arn>",
        "sender": "orders@mail.shop-orders.net",
        "level": "OFF",
    }


@pytest.mark.thorough
def test_a_stack_is_equal_to_itself(tmp_path: Path) -> None:
    """Two recordings of one stack are equal."""
    shutil.copytree(
        ROOT / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(
        ROOT / "handlers", tmp_path / "handlers", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "__main__.py", tmp_path)
    settings = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
    (tmp_path / "Pulumi.yaml").write_text(
        re.sub(r"(?m)^name: .*", f"name: {PROJECT}", settings), encoding="utf-8"
    )
    file = _VARIANTS / "Pulumi.queued-rest-vpc.yaml"
    (first,), (second,) = (graph_diff.record_stacks(tmp_path, [file]) for _ in range(2))
    assert compare_states({"stack": first}, {"stack": second})[0] == EQUAL
    assert len(first["resources"]) > 100


def test_variants_cover_every_key() -> None:
    """Every configuration key is set by a stack file among the variants."""
    configs = [read_stack(ROOT, path) for path in _VARIANTS.iterdir()]
    defaults = json.loads(StackConfig.model_construct(email_from="").model_dump_json(by_alias=True))
    project = configs[0].project
    unset = [
        key
        for key in defaults
        if all(
            config.config.get(f"{project}:{key}") in (None, _text(defaults[key]))
            for config in configs
        )
    ]
    assert unset == []


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def test_the_command_line_refuses_a_commit_that_does_not_exist() -> None:
    """What cannot be recorded ends with exit code 2 and Git's sentence."""
    command = [sys.executable, "-m", "tooling.graph_diff", "no-such-commit"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert process.returncode == FAILED
    assert "no-such-commit" in process.stderr


def test_a_commit_is_copied_before_python_3_11_4(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian 12 has Python 3.11.2, whose `extractall` has no filters."""
    folders: list[Path] = []

    def extract_all(_: tarfile.TarFile, path: Path) -> None:
        folders.append(path)

    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    monkeypatch.setattr(tarfile.TarFile, "extractall", extract_all)
    with graph_diff.copied("HEAD") as copy:
        assert folders == [copy]


def test_an_option_of_git_is_no_commit(tmp_path: Path) -> None:
    """A name that Git would take for an option is refused, and Git is not called with it."""
    name = f"--output={tmp_path / 'written'}"
    command = [sys.executable, "-m", "tooling.graph_diff", "--", name]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert process.returncode == FAILED
    assert process.stderr == f"'{name}' is no commit.\n"
    assert list(tmp_path.iterdir()) == []
