"""Overrides of a stack's configuration on the embedded AWS."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from infra.config.load import parse
from local.deployment import overrides
from tests.support import stacks
from tooling.stackfile import find, load

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.stackfile import StackFile

_VPC = {"vpcId": "vpc-0123456789abcdef0", "subnetIds": ["subnet-0123456789abcdef0"]}
_REQUIRED = {"emailFrom": stacks.SENDER}


def _stack(name: str = "shop", **config: Any) -> StackFile:
    shipped = stacks.load(stacks.SHIPPED["dev"])
    own = {
        key if ":" in key else f"{shipped.project}:{key}": value
        if isinstance(value, str)
        else json.dumps(value)
        for key, value in {**_REQUIRED, **config}.items()
    }
    return replace(shipped, stack=name, config={**shipped.config, **own})


@pytest.mark.parametrize(
    ("config", "key", "value"),
    [
        ({"traceSampling": 50}, "traceSampling", 0),
        ({}, "reservedConcurrency", {"orders": 4, "relay": 1, "email": 2, "audit": 2}),
        (
            {"ingestion": "queued", "auth": "iam", "reservedConcurrency": {"processor": 100}},
            "reservedConcurrency",
            {"intake": 4, "processor": 4, "lookup": 2, "relay": 1, "email": 2, "audit": 2},
        ),
        ({"aws:region": "eu-central-1"}, "aws:region", "us-east-1"),
        ({"maximumConcurrency": {"email": 50}}, "maximumConcurrency", None),
        (
            {"provisionedConcurrency": {"orders": {"min": 1, "max": 5}}},
            "provisionedConcurrency",
            None,
        ),
        ({"vpc": _VPC}, "vpc", None),
        ({"domain": {"name": "api.shop-orders.net"}}, "domain", None),
        (
            {"gateway": "rest", "rest": {"allowedIpRanges": ["203.0.113.0/24"], "waf": {}}},
            "rest.allowedIpRanges",
            None,
        ),
        ({"smtp": {"host": "mail.shop-orders.net"}}, "smtp", None),
        ({"emailIdentity": "domain"}, "emailIdentity", "existing"),
        ({"alerts": {"webhooks": ["https://pager.shop-orders.net/x"]}}, "alerts.webhooks", None),
        (
            {"warnings": {"webhooks": ["https://pager.shop-orders.net/x"]}},
            "warnings.webhooks",
            None,
        ),
        ({"gateway": "rest", "auth": "apiKey"}, "apiKeys", ["local"]),
        ({"emailFrom": ""}, "emailFrom", "orders@example.com"),
    ],
)
def test_each_override_has_its_reason(config: dict[str, Any], key: str, value: Any) -> None:
    """An override is reported with its reason, and makes a valid configuration."""
    applied, changed = overrides.apply(_stack(**config))
    (override,) = [each for each in changed if each.key == key]
    assert override.value == value
    shown = "not set" if value is None else json.dumps(value)
    assert str(override) == f"{key}: {shown} ({override.reason})"
    own = f"{applied.project}:"
    parse(
        {
            name.removeprefix(own): text
            for name, text in applied.config.items()
            if name.startswith(own)
        }
    )


def test_a_storefront_with_signing_in_is_left_out() -> None:
    """The embedded AWS issues tokens, and has no page for a storefront's customers to sign in."""
    pool: Any = SimpleNamespace(issuer="https://id.shop-orders.net", audience="pool-client")
    jwt = {"issuer": "https://login.shop-orders.net", "audiences": ["shop"], "clientId": "web"}
    stack = _stack(auth="jwt", jwt=jwt, storefront=True)
    applied, changed = overrides.apply(stack, pool)
    assert {"jwt", "storefront"} <= {each.key for each in changed}
    own = f"{applied.project}:"
    values = {key.removeprefix(own): text for key, text in applied.config.items() if own in key}
    assert parse(values).storefront is False


def test_other_keys_are_unchanged() -> None:
    """Keys that work on the embedded AWS keep their value, and are not reported."""
    before = _stack(
        gateway="rest", encryption="customer", orderRetentionDays=7, deletionProtection=True
    )
    applied, changed = overrides.apply(before)
    assert {each.key for each in changed} == {"traceSampling", "reservedConcurrency"}
    touched = {f"{before.project}:{each.key}" for each in changed}
    assert {key: text for key, text in applied.config.items() if key not in touched} == {
        key: text for key, text in before.config.items() if key not in touched
    }


def test_the_local_stack_is_deployed_as_it_is() -> None:
    """The stack `local` has no overrides."""
    before = _stack("local", reservedConcurrency={"orders": 9})
    assert overrides.apply(before) == (before, [])


@pytest.mark.parametrize(
    "path",
    [*stacks.SHIPPED.values(), *stacks.EXAMPLES.values(), *stacks.PRESETS.values()],
    ids=lambda path: path.stem,
)
def test_every_shipped_stack_is_valid_here(path: Path) -> None:
    """The program accepts the configuration of each stack with its overrides."""
    applied, _ = overrides.apply(stacks.load(path))
    own = f"{applied.project}:"
    parse(
        {
            name.removeprefix(own): text
            for name, text in applied.config.items()
            if name.startswith(own)
        }
    )


def test_stacks_and_examples_are_found_by_name(tmp_path: Path) -> None:
    """A stack is preferred to an example of the same name."""
    (tmp_path / "examples").mkdir()
    for path in (
        "Pulumi.yaml",
        "Pulumi.shop.yaml",
        "examples/Pulumi.shop.yaml",
        "examples/Pulumi.rest.yaml",
    ):
        (tmp_path / path).write_text("name: shop", encoding="utf-8")
    assert find("shop", tmp_path) == tmp_path / "Pulumi.shop.yaml"
    assert find("rest", tmp_path) == tmp_path / "examples" / "Pulumi.rest.yaml"
    assert load("rest", tmp_path, find("rest", tmp_path)).stack == "rest"
