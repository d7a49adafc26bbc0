"""The stack's file: what is wrong in it is reported, and all else is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from release.preflight import command, planned
from tests.release.preflight.support.account import Account
from tests.release.preflight.support.planned_stacks import check
from tooling.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from release.preflight.finding import Finding

_PROJECT = "name: shop\nruntime: python\n"


def _stack(root: Path, text: str) -> list[Finding]:
    """The findings about a stack with a file of its own."""
    (root / "Pulumi.yaml").write_text(_PROJECT)
    (root / "Pulumi.prod.yaml").write_text(f"config:\n{text}")
    return check(planned.load("prod", root), Account(), checks=[])


def _configuration(root: Path, text: str) -> Finding:
    return _stack(root, text)[0]


def test_a_valid_file_is_reported(tmp_path: Path) -> None:
    """A valid file is named."""
    finding = _configuration(tmp_path, "  aws:region: us-east-1\n  emailFrom: me@shop-orders.net\n")
    assert (finding.state, finding.detail) == ("ok", "Pulumi.prod.yaml is valid.")


def test_a_missing_sender_is_reported_with_its_commands(tmp_path: Path) -> None:
    """A stack without a sender has failed with the commands that set what its owner knows."""
    finding = _configuration(tmp_path, "  aws:region: us-east-1\n")
    assert finding.state == "failed"
    assert "'shop:emailFrom' is missing in Pulumi.prod.yaml" in finding.detail
    assert finding.next_step.startswith(
        "pulumi config set emailFrom <address> --stack prod; pulumi config set --path"
    )


def test_a_placeholder_is_reported(tmp_path: Path) -> None:
    """A domain that nobody can own is refused, as the program does on AWS."""
    finding = _configuration(tmp_path, "  aws:region: us-east-1\n  emailFrom: me@example.com\n")
    assert finding.state == "failed"
    assert "is a placeholder" in finding.detail


def test_encrypted_values_are_left_out(tmp_path: Path) -> None:
    """A value that the Pulumi CLI alone can decrypt is named, and the rest is checked."""
    text = (
        "  aws:region: us-east-1\n  emailFrom: me@shop-orders.net\n"
        "  alerts:\n    webhooks:\n      - secure: v1:abc\n"
    )
    encrypted, valid = _stack(tmp_path, text)[:2]
    assert (encrypted.state, valid.state) == ("not checked", "ok")
    assert encrypted.detail.startswith("shop:alerts in Pulumi.prod.yaml is encrypted")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  emailFrom: me@shop-orders.net\n", "pulumi config set aws:region <region> --stack prod"),
        ("  aws:region: us-east-1\n  gateway: soap\n", "shop:gateway"),
        ("  aws:region: [\n", "is not valid YAML"),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path: Path, text: str, sentence: str) -> None:
    """A file from which no stack follows ends the command with a sentence."""
    with pytest.raises(UserError, match=sentence.replace(".", r"\.")) as error:
        _stack(tmp_path, text)
    assert error.value.exit_code == 1


def test_an_unknown_stack_is_wrong_usage(tmp_path: Path) -> None:
    """The name of a stack that does not exist is wrong usage, and those that exist are named."""
    (tmp_path / "Pulumi.yaml").write_text(_PROJECT)
    (tmp_path / "Pulumi.prod.yaml").touch()
    with pytest.raises(UserError, match="there are prod") as error:
        command.preflight("nope", as_json=False, root=tmp_path)
    assert error.value.exit_code == 2


@pytest.mark.parametrize("stack", [None, "local"])
def test_the_embedded_aws_has_to_run(tmp_path: Path, stack: str | None) -> None:
    """Without a stack, or for one of the embedded AWS, a local stack has to run."""
    endpoint = "http://127.0.0.1:4566"
    services = dict.fromkeys(("lambda", "sesv2", "sns"), endpoint)
    (tmp_path / "Pulumi.yaml").write_text(_PROJECT)
    (tmp_path / "Pulumi.local.yaml").write_text(
        "config:\n  aws:region: us-east-1\n  emailFrom: me@example.com\n"
        f"  aws:endpoints: [{services}]\n"
    )
    with pytest.raises(UserError, match="make local") as error:
        command.preflight(stack, as_json=False, root=tmp_path)
    assert error.value.exit_code == 2


def test_an_unknown_profile_is_an_error() -> None:
    """The profile that a stack names has to exist on this machine."""
    with pytest.raises(UserError, match="aws:profile"):
        command.aws_clients("us-east-1", "no-such-profile-of-these-tests")


def test_resources_are_recorded_once(tmp_path: Path) -> None:
    """A program that does not run is run once, and each check that needs it says why."""
    (tmp_path / "Pulumi.yaml").write_text(_PROJECT)
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  aws:region: us-east-1\n  emailFrom: me@shop-orders.net\n"
    )
    runs: list[Any] = []

    def refuse(file: Any) -> planned.Resources:
        runs.append(file)
        raise UserError("The program does not run: a reason.")

    file = planned.load("prod", tmp_path).file
    findings = check(planned.plan(file, "Pulumi.prod.yaml", refuse), Account())
    unchecked = {each.check: each.detail for each in findings if each.state == "not checked"}
    assert unchecked["DynamoDB tables"] == "The program does not run: a reason."
    assert unchecked["IAM roles"] == unchecked["alarms and dashboards"]
    assert len(runs) == 1
