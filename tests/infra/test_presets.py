"""The presets for a rate of orders: every value has a reason, and is enough for the rate."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from costs.stacks import sizing
from openapi import files
from tests.support.doc_tests import rows
from tests.support.stacks import PRESETS
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config import StackConfig

_RATES = {"orders-100": 100, "orders-1000": 1_000}
_HOUR = 3600

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
_ACCOUNT_BURST = 5_000


@pytest.fixture(params=PRESETS)
def name(request: pytest.FixtureRequest) -> str:
    """Each preset in turn."""
    preset: str = request.param
    return preset


@pytest.fixture
def config(name: str) -> StackConfig:
    """The configuration of each preset."""
    return files.load_file(PRESETS[name])


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _flat(each, f"{key}.{inner}" if key else inner)
    else:
        yield key, value if isinstance(value, str) else json.dumps(value)


def test_there_is_a_page_for_every_rate() -> None:
    """Every preset has a rate, and the index of the examples has a link to its page."""
    index = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert PRESETS.keys() == _RATES.keys()
    assert all(f"`Pulumi.{name}.yaml`" in index and f"({name}.md)" in index for name in PRESETS)


def test_every_value_has_its_reason(name: str) -> None:
    """The page has a row for every key of the file, with its value and a reason."""
    configured = yaml.safe_load(PRESETS[name].read_text(encoding="utf-8"))["config"]
    page = (ROOT / "examples" / f"{name}.md").read_text(encoding="utf-8")
    explained: dict[str, str] = {}
    for keys, value, reason in rows(page, "Its values"):
        assert reason
        explained |= {key.strip("` "): value.strip("`") for key in keys.split(",")}
    assert explained == dict(_flat(configured))


def test_clients_are_not_throttled_at_the_rate(name: str, config: StackConfig) -> None:
    """The API admits twice the rate, and bursts below those of the account."""
    assert (config.throttling.rate_limit or 0) >= 2 * _RATES[name]
    assert 2 * _RATES[name] <= (config.throttling.burst_limit or 0) < _ACCOUNT_BURST


def test_relay_and_consumers_keep_up(name: str, config: StackConfig) -> None:
    """Relay and consumers have capacity beyond the rate, which the page names."""
    stack = sizing(config, _RATES[name])
    page = " ".join((ROOT / "examples" / f"{name}.md").read_text(encoding="utf-8").split())
    assert f"{stack.capacity('email'):,.0f} emails a second" in page
    assert f"{stack.capacity('relay'):,.0f} events a second" in page
    assert stack.capacity("relay") > 3 * _RATES[name]
    assert stack.capacity("audit") > 1.5 * _RATES[name]
    assert stack.capacity("email") > 1.25 * _RATES[name]


def test_the_rate_that_ses_has_to_allow_is_named(name: str, config: StackConfig) -> None:
    """The page names a sending rate of SES that is enough for all emails sent at once."""
    page = (ROOT / "examples" / f"{name}.md").read_text(encoding="utf-8")
    (rate,) = re.findall(r"\*\*SES has to allow ([\d,]+)\*\*", page)
    assert int(rate.replace(",", "")) >= sizing(config, _RATES[name]).capacity("email")


def test_volumes_are_no_alarm_at_the_rate(name: str, config: StackConfig) -> None:
    """The alarms on volumes fire at twice the rate."""
    volumes = config.alarms.requests_per_hour, config.alarms.emails_per_hour
    assert set(volumes) == {2 * _RATES[name] * _HOUR}
