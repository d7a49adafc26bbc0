"""Conflicts between configuration keys, each with a sentence that names both."""

from __future__ import annotations

import pytest

from infra.config import parse
from tests.infra.config.keys import OBJECTS, nested, text
from tests.infra.support.features import HEALTH_CHECK
from tests.infra.support.graph import STACK_FILES, refusal, settings, stack_of

_FILE = STACK_FILES[0]
_CANARY, _DOMAIN, _JWT, _SMTP = (
    text(OBJECTS[name]) for name in ("canary", "domain", "jwt", "smtp")
)


def _with_failover(*, zone: str | None = "Z0123456789", **failover: str) -> str:
    """A custom domain with failover; without a hosted zone if it is None."""
    domain = {**OBJECTS["domain"], "failover": failover}
    return text(domain if zone is None else {**domain, "hostedZoneId": zone})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"smtp": _SMTP, "emailIdentity": "domain"}, ["emailIdentity", "smtp"]),
        (
            {"auth": "apiKey", "apiKeys": '["shop"]'},
            ["auth", "'apiKey'", "gateway", "'http'", "'rest'", "'jwt'"],
        ),
        (
            {"auth": "jwt", "jwt": _JWT, "gateway": "rest"},
            ["auth", "'jwt'", "gateway", "'rest'", "'http'", "'apiKey'"],
        ),
        ({"auth": "apiKey", "gateway": "rest"}, ["auth", "'apiKey'", "apiKeys"]),
        ({"auth": "jwt"}, ["auth", "'jwt'", "jwt.issuer", "jwt.audiences"]),
        ({"jwt": _JWT}, ["jwt", "auth", "'none'", "'jwt'"]),
        *(
            (
                {"storefront": "true", "gateway": "rest", **auth},
                ["storefront", "auth", f"'{auth['auth']}'", "'none' or 'jwt'"],
            )
            for auth in ({"auth": "iam"}, {"auth": "apiKey", "apiKeys": '["shop"]'})
        ),
        ({"storefront": "true", "auth": "jwt", "jwt": _JWT}, ["storefront", "jwt.clientId"]),
        ({"auth": "jwt", **nested("jwt.clientId", "web")}, ["jwt.clientId", "storefront"]),
        (
            {"auth": "jwt", **nested("jwt.signInOrigin", "https://id.shop-orders.net")},
            ["jwt.signInOrigin", "storefront"],
        ),
        ({"apiKeys": '["shop"]'}, ["apiKeys", "auth", "'none'", "'apiKey'"]),
        (
            {"rest": '{"allowedIpRanges":["192.0.2.0/24"]}'},
            ["rest", "gateway", "'http'", "'rest'"],
        ),
        ({"rest": '{"waf":{}}'}, ["rest", "gateway", "'http'", "'rest'"]),
        ({"rest": '{"executionLogLevel":"OFF"}'}, ["rest", "gateway", "'http'", "'rest'"]),
        ({"rest": '{"accountRole":false}'}, ["rest", "gateway", "'http'", "'rest'"]),
        (
            {"domain": _DOMAIN.replace("us-east-1", "eu-west-1")},
            ["domain.certificateArn", "'eu-west-1'", "aws:region"],
        ),
        (
            {"domain": _with_failover(role="primary", healthCheckId=HEALTH_CHECK, zone=None)},
            ["domain.failover", "domain.hostedZoneId"],
        ),
        (
            {"domain": _with_failover(role="primary")},
            ["domain.failover.healthCheckId", "failoverHealthCheckId", "pulumi config set"],
        ),
        (
            {"domain": _with_failover(role="secondary", healthCheckId=HEALTH_CHECK)},
            ["domain.failover.healthCheckId", "domain.failover.role", "'secondary'"],
        ),
        (
            {"smtp": _SMTP.replace("us-east-1", "eu-west-1")},
            ["smtp.secretArn", "'eu-west-1'", "aws:region", "'us-east-1'"],
        ),
        (
            {"reservedConcurrency": '{"lookup":5}'},
            ["reservedConcurrency.lookup", "auth", "'none'", "orders"],
        ),
        (
            {"reservedConcurrency": '{"intake":5}'},
            ["reservedConcurrency.intake", "ingestion", "'direct'"],
        ),
        (
            {"reservedConcurrency": '{"processor":5}'},
            ["reservedConcurrency.processor", "ingestion", "'direct'"],
        ),
        (
            {"maximumConcurrency": '{"processor":5}'},
            ["maximumConcurrency.processor", "ingestion", "'direct'"],
        ),
        (
            {"maximumConcurrency": '{"email":6}', "reservedConcurrency": '{"email":5}'},
            ["maximumConcurrency.email", "6", "reservedConcurrency.email", "5 at most"],
        ),
        ({"reservedConcurrency": '{"email":1}'}, ["reservedConcurrency.email is 1", "2 to 1000"]),
        (
            {"ingestion": "queued", "reservedConcurrency": '{"processor":1001}'},
            ["reservedConcurrency.processor is 1001", "2 to 1000"],
        ),
        (
            {"ingestion": "queued", "memory": '{"orders":512}'},
            ["memory.orders", "ingestion", "'queued'", "intake"],
        ),
        ({"memory": '{"lookup":512}'}, ["memory.lookup", "auth", "'none'"]),
        (
            {"ingestion": "queued", "orderRetentionDays": "18"},
            ["orderRetentionDays", "ingestion", "'queued'", "19"],
        ),
        (
            {"provisionedConcurrency": '{"lookup":{"min":1,"max":2}}'},
            ["provisionedConcurrency.lookup", "auth", "'none'"],
        ),
        (
            {"snapStart": "true", "provisionedConcurrency": '{"orders":{"min":1,"max":2}}'},
            ["snapStart", "provisionedConcurrency", "false"],
        ),
        (
            {"provisionedConcurrency": '{"orders":{"min":3,"max":2}}'},
            ["provisionedConcurrency.orders.min", "3", "max of 2"],
        ),
        (
            {
                "provisionedConcurrency": '{"orders":{"min":1,"max":9}}',
                "reservedConcurrency": '{"orders":8}',
            },
            ["provisionedConcurrency.orders.max", "9", "reservedConcurrency.orders", "8"],
        ),
        (
            {"alarms": '{"datapointsToAlarm":4}'},
            [
                "alarms.datapointsToAlarm is 4",
                "alarms.evaluationPeriods with 3",
                "make it 3 at most",
            ],
        ),
        (
            {"alarms": '{"evaluationPeriods":1}'},
            [
                "alarms.datapointsToAlarm is 2",
                "alarms.evaluationPeriods with 1",
                "make it 1 at most",
            ],
        ),
        (nested("canary.steps", [50, 10]), ["canary.steps is [50, 10]", "make it [10, 50]"]),
        (nested("canary.steps", [10, 10]), ["canary.steps is [10, 10]", "make it [10]"]),
        (nested("canary.steps", [5, 50]), ["canary.steps starts with 5 %", "6 at least"]),
        (
            nested("canary.bakeMinutes", 14),
            ["canary.bakeMinutes is 14", "alarms.datapointsToAlarm of 2", "15 at least"],
        ),
        (
            {"monitoring": "none", "canary": _CANARY},
            ["canary", "monitoring 'none'", "'full' or 'essential'"],
        ),
        (
            {"canary": _CANARY, "provisionedConcurrency": '{"orders":{"min":1,"max":2}}'},
            ["canary", "provisionedConcurrency", "remove one"],
        ),
    ],
    ids="+".join,
)
def test_a_conflict_stops_the_program(values: dict[str, str], named: list[str]) -> None:
    """A conflict of two keys stops the program with a sentence that names both."""
    message = refusal(settings(_FILE, **values))
    assert "\n" not in message
    assert all(name in message for name in named), message
    assert message.endswith(f"(Pulumi.{stack_of(_FILE)}.yaml).")


@pytest.mark.parametrize(
    "values",
    [
        {
            "gateway": "rest",
            "auth": "apiKey",
            "apiKeys": '["shop"]',
            "rest": '{"waf":{"rateLimit":10}}',
        },
        {
            "gateway": "rest",
            "auth": "iam",
            "ingestion": "queued",
            "reservedConcurrency": '{"processor":5,"lookup":5}',
        },
        {"auth": "jwt", "jwt": _JWT, "memory": '{"lookup":1024}', "snapStart": "true"},
        {
            "provisionedConcurrency": '{"orders":{"min":2,"max":2}}',
            "reservedConcurrency": '{"orders":2}',
        },
        {"maximumConcurrency": '{"email":5,"audit":1000}', "reservedConcurrency": '{"email":5}'},
        {"domain": _DOMAIN},
        {"smtp": "{}", "emailIdentity": "domain"},
        {"vpc": text(OBJECTS["vpc"])},
        nested("vpc.endpoints.routeTableIds", ["rtb-0a1b"]),
        {"alarms": '{"evaluationPeriods":1,"datapointsToAlarm":1}'},
        {"alarms": '{"evaluationPeriods":288,"datapointsToAlarm":288}'},
        {"canary": _CANARY, "monitoring": "essential", "snapStart": "true"},
        {"canary": '{"steps":[6,7,99],"bakeMinutes":10}', "alarms": '{"datapointsToAlarm":1}'},
        {"canary": "{}", "monitoring": "none"},
        {"monitoring": "none", "alerts": '{"emails":["a@shop-orders.net"]}'},
    ],
    ids="+".join,
)
def test_other_combinations_are_accepted(values: dict[str, str]) -> None:
    """No rule refuses what works."""
    assert parse({"emailFrom": "a@shop-orders.net", **values}, region="us-east-1")


def test_a_secret_of_another_region_passes_where_the_region_is_not_known() -> None:
    """Without `aws:region`, regions are not compared."""
    assert parse({"emailFrom": "a@shop-orders.net", "domain": _DOMAIN})


def test_all_conflicts_are_reported_at_once() -> None:
    """Several conflicts are reported at once, a sentence each."""
    keys = {"rest": '{"waf":{}}', "apiKeys": '["shop"]', "memory": '{"lookup":128,"intake":128}'}
    message = refusal(settings(_FILE, **keys))
    first = [line.removeprefix("Configuration: ").split(" ")[0] for line in message.splitlines()]
    assert first == ["rest", "apiKeys", "memory.intake", "memory.lookup"]
