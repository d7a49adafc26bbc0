"""Values that only a stack's owner knows: missing ones and placeholders."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from infra import config
from tests.infra.config.keys import nested
from tests.infra.support.graph import record_anew, refusal, settings
from tests.support.stacks import DOMAIN, EXAMPLES, PROJECT, SENDER, SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.stackfile import StackFile

_FILE = SHIPPED["dev"]
_OPS = json.dumps({"emails": [f"ops@{DOMAIN}"]})
_ENDPOINTS = dict.fromkeys(("lambda", "sesv2", "sns"), "http://127.0.0.1:4566")


def _commands(message: str) -> list[str]:
    """The keys that the commands in a message set, each with the stack that it is for."""
    commands = re.findall(
        r"pulumi config set (?:--path )?'?([\w.\[\]]+)'? \S+ --stack (\w+)", message
    )
    assert {stack for _, stack in commands} == {"dev"}
    return [key for key, _ in commands]


def _read() -> None:
    config.load()


def _load(configured: StackFile) -> None:
    """Read the configuration as the program does; an error is raised."""
    record_anew(configured, _read)


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({}, ["emailFrom", "alerts.emails[0]"]),
        ({"emailFrom": ""}, ["emailFrom", "alerts.emails[0]"]),
        ({"alerts": _OPS}, ["emailFrom"]),
        ({"alerts": '{"phoneNumbers":["+15550100"]}'}, ["emailFrom"]),
        ({"corsOrigins": "[]"}, ["emailFrom", "alerts.emails[0]", "corsOrigins[0]"]),
        ({"corsOrigins": "[]", "storefront": "true"}, ["emailFrom", "alerts.emails[0]"]),
        ({"monitoring": "none"}, ["emailFrom"]),
        ({"monitoring": "full"}, ["emailFrom", "alerts.emails[0]", "warnings.emails[0]"]),
        ({"monitoring": "full", "warnings": _OPS, "alerts": _OPS}, ["emailFrom"]),
        ({"auth": "jwt"}, ["emailFrom", "alerts.emails[0]", "jwt.issuer", "jwt.audiences[0]"]),
        (
            {"auth": "jwt", "jwt": '{"audiences":["shop"]}'},
            ["emailFrom", "alerts.emails[0]", "jwt.issuer"],
        ),
        ({"gateway": "rest", "auth": "apiKey"}, ["emailFrom", "alerts.emails[0]", "apiKeys[0]"]),
        (
            {"smtp": '{"port":465}'},
            ["emailFrom", "alerts.emails[0]", "smtp.host", "smtp.secretArn"],
        ),
    ],
    ids=str,
)
def test_a_missing_sender_is_reported_with_all_that_only_the_owner_knows(
    values: dict[str, str], keys: list[str]
) -> None:
    """Without a sender the program stops with the commands for all values that are missing."""
    message = refusal(settings(_FILE, **{"emailFrom": None, **values}))
    assert message.startswith(f"Configuration key '{PROJECT}:emailFrom' is missing")
    assert list(dict.fromkeys(_commands(message))) == keys


def test_a_missing_sender_hides_no_other_mistake() -> None:
    """What else is wrong is reported together with the missing sender."""
    message = refusal(settings(_FILE, emailFrom=None, logLevel="loud"))
    assert "emailFrom' is missing" in message
    assert "logLevel" in message
    message = refusal(
        settings(_FILE, emailFrom=None, rest='{"waf":{}}', alerts='{"emails":["ops@example.org"]}')
    )
    assert all(
        text in message
        for text in ("emailFrom' is missing", "rest has no effect", "ops@example.org")
    )


@pytest.mark.parametrize(
    "path", [*SHIPPED.values(), *EXAMPLES.values()], ids=lambda path: path.name
)
def test_a_shipped_stack_needs_nothing_but_its_sender(path: Path) -> None:
    """A shipped stack or example deploys with a sender, and stops without one."""
    _load(settings(path))
    if path != SHIPPED["local"]:
        assert "pulumi config set emailFrom" in refusal(settings(path, emailFrom=None))


_PLACEHOLDERS = [
    ("emailFrom", "orders@example.com", "orders@example.com"),
    ("emailFrom", "orders@mail.example.com", "orders@mail.example.com"),
    ("emailFrom", "orders@EXAMPLE.com", "orders@example.com"),
    ("emailFrom", "orders@example.net", "orders@example.net"),
    ("emailFrom", "orders@example.org", "orders@example.org"),
    ("emailFrom", "orders@your-domain.example", "orders@your-domain.example"),
    ("emailFrom", "orders@shop.invalid", "orders@shop.invalid"),
    ("emailFrom", "orders@shop.test", "orders@shop.test"),
    ("emailFrom", "orders@shop.localhost", "orders@shop.localhost"),
    ("alerts.emails", ["ops@example.com"], "ops@example.com"),
    ("alerts.emails", [f"ops@{DOMAIN}", "ops@alerts.example.com"], "ops@alerts.example.com"),
    ("alerts.webhooks", ["https://pager.example.com/x"], "https://pager.example.com/x"),
    ("alerts.webhooks", ["https://example.com:8443"], "https://example.com:8443"),
    ("alerts.webhooks", ["https://pager.localhost/x"], "https://pager.localhost/x"),
    ("warnings.emails", ["ops@example.com"], "ops@example.com"),
    ("warnings.webhooks", ["https://chat.example.net/x"], "https://chat.example.net/x"),
    ("corsOrigins", ["https://shop.example.com"], "https://shop.example.com"),
    ("corsOrigins", [f"https://{DOMAIN}", "http://shop.test:3000"], "http://shop.test:3000"),
    ("jwt.issuer", "https://login.example.com/pool", "https://login.example.com/pool"),
    ("domain.name", "api.example.com", "api.example.com"),
    ("smtp.host", "smtp.example.com", "smtp.example.com"),
    ("smtp.host", "localhost", "localhost"),
]
_WITH = {"jwt.issuer": {"auth": "jwt"}}


@pytest.mark.parametrize(("key", "value", "shown"), _PLACEHOLDERS)
def test_a_placeholder_is_refused(key: str, value: Any, shown: str) -> None:
    """A reserved domain stops the program with the key, the value and the command."""
    message = refusal(settings(_FILE, **{**_WITH.get(key, {}), **nested(key, value)}))
    assert "\n" not in message
    assert message.startswith(f"Configuration key '{PROJECT}:{key}")
    assert json.dumps(shown) in message
    assert _commands(message)[0].startswith(key)


def test_a_placeholder_for_the_sign_in_is_refused() -> None:
    """The origin of a storefront's token endpoint is the owner's, too."""
    jwt = {
        "issuer": f"https://id.{DOMAIN}",
        "audiences": ["shop"],
        "clientId": "web",
        "signInOrigin": "https://id.example.com",
    }
    keys = {"auth": "jwt", "storefront": "true", "jwt": json.dumps(jwt)}
    message = refusal(settings(_FILE, **keys))
    assert message.startswith(f"Configuration key '{PROJECT}:jwt.signInOrigin'")
    assert "https://id.example.com" in message


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, value, _ in _PLACEHOLDERS])
def test_the_local_stack_may_have_placeholders(key: str, value: Any) -> None:
    """With the AWS endpoints on this machine, reserved domains are accepted."""
    local = {"aws:endpoints": json.dumps([_ENDPOINTS])}
    configured = settings(_FILE, **{**_WITH.get(key, {}), **nested(key, value)})
    configured.config.update(local)
    _load(configured)


@pytest.mark.parametrize(
    "endpoints",
    [
        [],
        [{"dynamodb": "http://127.0.0.1:4566"}],
        [{**_ENDPOINTS, "sns": "https://sns.us-east-1.amazonaws.com"}],
        [{**_ENDPOINTS, "sqs": "http://10.0.0.5:4566"}],
    ],
    ids=str,
)
def test_a_stack_is_local_only_with_all_of_aws_on_this_machine(
    endpoints: list[dict[str, str]],
) -> None:
    """One local service, or one that is elsewhere, does not make a stack local."""
    configured = settings(_FILE, emailFrom="orders@example.com")
    configured.config["aws:endpoints"] = json.dumps(endpoints)
    assert "orders@example.com" in refusal(configured)


def test_every_placeholder_is_reported_at_once() -> None:
    """Placeholders in several keys are reported in one go, a sentence each."""
    message = refusal(
        settings(
            _FILE,
            emailFrom="a@example.com",
            alerts='{"emails":["b@example.com"]}',
            corsOrigins='["https://a.test"]',
        )
    )
    keys = [line.split("'")[1].partition(":")[2] for line in message.splitlines()]
    assert keys == ["emailFrom", "alerts.emails", "corsOrigins"]


@pytest.mark.parametrize(
    "values",
    [
        {"emailFrom": "orders@myexample.com"},
        {"emailFrom": "orders@example.com.mx"},
        {"emailFrom": "orders@example.co.uk"},
        {"emailFrom": "example.com@shop-orders.net"},
        {"emailFrom": "test@contest.net"},
        {"alerts": '{"webhooks":["https://shop-orders.net/example.com"]}'},
        {"corsOrigins": '["http://localhost:3000"]'},
        {"corsOrigins": '["*"]'},
    ],
    ids=str,
)
def test_a_domain_that_somebody_can_own_is_accepted(values: dict[str, str]) -> None:
    """Only reserved domains are placeholders; `http://localhost` may be an origin."""
    _load(settings(_FILE, **values))


@pytest.mark.parametrize(
    ("values", "warnings"),
    [
        ({}, 1),
        ({"alerts": _OPS}, 0),
        ({"alerts": '{"phoneNumbers":["+15550100"]}'}, 0),
        ({"monitoring": "none"}, 0),
        ({"monitoring": "full", "warnings": _OPS}, 1),
        ({"alerts": json.dumps({"webhooks": [f"https://pager.{DOMAIN}/x"]})}, 0),
    ],
    ids=str,
)
def test_alarms_that_reach_nobody_are_warned_of(
    values: dict[str, str],
    warnings: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A stack without a receiver of alarms deploys, with one warning that holds the command."""
    caplog.set_level(logging.WARNING, logger="pulumi.program")
    _load(settings(_FILE, **values))
    messages = [entry.message for entry in caplog.records if "alerts.emails" in entry.message]
    assert len(messages) == warnings
    assert all(
        "pulumi config set --path 'alerts.emails[0]' <address> --stack dev" in text
        for text in messages
    )


def test_the_local_stack_is_not_warned(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody has to be notified of the alarms of the local stack."""
    caplog.set_level(logging.WARNING, logger="pulumi.program")
    _load(settings(SHIPPED["local"]))
    assert not [entry for entry in caplog.records if "alerts.emails" in entry.message]


def test_the_sender_of_tests_is_no_placeholder() -> None:
    """Tests deploy with a sender that a user could have."""
    assert settings(_FILE).config[f"{PROJECT}:emailFrom"] == SENDER
    _load(settings(_FILE))


def test_a_missing_sender_is_no_placeholder() -> None:
    """The error for a missing sender names no placeholder that the stack never set."""
    assert "placeholder" not in refusal(settings(_FILE, emailFrom=None))
