"""Keys that do not go together: each pair, and the one sentence that names both."""

from __future__ import annotations

import json

import pytest

from infra.config import parse
from tests.infra.support.graph import STACK_FILES, refusal, settings, stack_of

_FILE = STACK_FILES[0]
_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf"
_CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1b4f"
_DOMAIN = json.dumps({"name": "api.shop-orders.net", "certificateArn": _CERTIFICATE})
_VPC = {
    "vpcId": "vpc-0a1b",
    "subnetIds": ["subnet-0a1b", "subnet-0c2d"],
    "routeTableIds": ["rtb-0a1b"],
}
_JWT = json.dumps({"issuer": "https://id.shop-orders.net", "audiences": ["shop"]})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"emailTransport": "smtp"}, ["emailTransport", "'smtp'", "smtpHost", "smtpSecretArn"]),
        (
            {"emailTransport": "smtp", "smtpHost": "mail.shop-orders.net"},
            ["emailTransport", "'smtp'", "smtpSecretArn"],
        ),
        (
            {"emailTransport": "smtp", "smtpSecretArn": _ARN},
            ["emailTransport", "'smtp'", "smtpHost"],
        ),
        ({"smtpHost": "mail.shop-orders.net"}, ["smtpHost", "emailTransport", "'ses'", "'smtp'"]),
        ({"smtpSecretArn": _ARN}, ["smtpSecretArn", "emailTransport", "'ses'", "'smtp'"]),
        ({"smtpPort": "465"}, ["smtpPort", "emailTransport", "'ses'", "'smtp'"]),
        (
            {
                "emailTransport": "smtp",
                "smtpHost": "a.bc",
                "smtpSecretArn": _ARN,
                "emailIdentity": "domain",
            },
            ["emailIdentity", "emailTransport", "'smtp'", "'ses'"],
        ),
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
        (
            {"auth": "jwt", "jwt": '{"issuer":"https://id.shop-orders.net"}'},
            ["auth", "'jwt'", "jwt.audiences"],
        ),
        ({"jwt": _JWT}, ["jwt", "auth", "'none'", "'jwt'"]),
        ({"jwt": '{"customerClaim":"email"}'}, ["jwt", "auth", "'none'", "'jwt'"]),
        ({"apiKeys": '["shop"]'}, ["apiKeys", "auth", "'none'", "'apiKey'"]),
        (
            {"allowedIpRanges": '["192.0.2.0/24"]'},
            ["allowedIpRanges", "gateway", "'http'", "'rest'"],
        ),
        ({"waf": "true"}, ["waf", "gateway", "'http'", "'rest'"]),
        ({"executionLogLevel": "OFF"}, ["executionLogLevel", "gateway", "'http'", "'rest'"]),
        (
            {"apiGatewayAccountRole": "false"},
            ["apiGatewayAccountRole", "gateway", "'http'", "'rest'"],
        ),
        ({"gateway": "rest", "wafRateLimit": "50"}, ["wafRateLimit", "waf", "'false'", "'true'"]),
        (
            {"gateway": "rest", "wafManagedRuleGroups": "[]"},
            ["wafManagedRuleGroups", "waf", "'false'", "'true'"],
        ),
        ({"domain": '{"name":"a.shop-orders.net"}'}, ["domain", "name", "domain.certificateArn"]),
        (
            {"domain": '{"hostedZoneId":"Z1"}'},
            ["domain", "hostedZoneId", "domain.name", "domain.certificateArn"],
        ),
        (
            {"domain": _DOMAIN.replace("us-east-1", "eu-west-1")},
            ["domain.certificateArn", "'eu-west-1'", "aws:region"],
        ),
        (
            {
                "emailTransport": "smtp",
                "smtpHost": "a.bc",
                "smtpSecretArn": _ARN.replace("us-east-1", "eu-west-1"),
            },
            ["smtpSecretArn", "'eu-west-1'", "aws:region", "'us-east-1'"],
        ),
        ({"vpc": '{"vpcId":"vpc-0a"}'}, ["vpc", "vpcId", "vpc.subnetIds", "vpc.routeTableIds"]),
        (
            {"vpc": '{"createEndpoints":false}'},
            ["vpc", "createEndpoints", "vpc.vpcId", "vpc.subnetIds"],
        ),
        (
            {"vpc": json.dumps({**_VPC, "createEndpoints": False})},
            ["vpc.routeTableIds", "vpc.createEndpoints", "'false'", "'true'"],
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
        (
            {"tracing": "false", "traceSampling": "50"},
            ["traceSampling", "tracing", "'false'", "'true'"],
        ),
        (
            {"warningEmails": '["a@shop-orders.net","a@shop-orders.net"]'},
            ["warningEmails", "a@shop-orders.net", "once"],
        ),
        (
            {"warningWebhooks": '["https://a.bc","https://a.bc"]'},
            ["warningWebhooks", "https://a.bc", "once"],
        ),
        ({"corsOrigins": '["*","https://a.shop-orders.net"]'}, ["corsOrigins", "'*'"]),
        (
            {"alertEmails": '["a@shop-orders.net","a@shop-orders.net"]'},
            ["alertEmails", "a@shop-orders.net", "once"],
        ),
        (
            {"alertPhoneNumbers": '["+15550100","+15550100"]'},
            ["alertPhoneNumbers", "+15550100", "once"],
        ),
        (
            {"alertWebhooks": '["https://a.bc","https://a.bc"]'},
            ["alertWebhooks", "https://a.bc", "once"],
        ),
        (
            {"corsOrigins": '["https://a.bc","https://a.bc"]'},
            ["corsOrigins", "https://a.bc", "once"],
        ),
        (
            {"gateway": "rest", "auth": "apiKey", "apiKeys": '["shop","shop"]'},
            ["apiKeys", "shop", "once"],
        ),
        (
            {
                "auth": "jwt",
                "jwt": '{"issuer":"https://id.shop-orders.net","audiences":["shop","shop"]}',
            },
            ["jwt.audiences", "shop", "once"],
        ),
        (
            {"gateway": "rest", "allowedIpRanges": '["192.0.2.0/24","192.0.2.0/24"]'},
            ["allowedIpRanges", "192.0.2.0/24", "once"],
        ),
        (
            {"vpc": json.dumps({**_VPC, "subnetIds": ["subnet-0a", "subnet-0a"]})},
            ["vpc.subnetIds", "subnet-0a", "once"],
        ),
    ],
    ids="+".join,
)
def test_values_that_disagree_stop_the_program(values: dict[str, str], named: list[str]) -> None:
    """Two values that disagree stop the program before the first resource, with a sentence that names both."""
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
            "waf": "true",
            "wafRateLimit": "10",
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
        {"vpc": json.dumps(_VPC)},
        {"vpc": '{"vpcId":"vpc-0a","subnetIds":["subnet-0a"],"createEndpoints":false}'},
        {"ingestion": "queued", "reservedConcurrency": '{"processor":null}'},
        {"alarms": '{"evaluationPeriods":1,"datapointsToAlarm":1}'},
        {"alarms": '{"evaluationPeriods":288,"datapointsToAlarm":288}'},
        {"monitoring": "none", "alertEmails": '["a@shop-orders.net"]'},
    ],
    ids="+".join,
)
def test_values_that_go_together_are_accepted(values: dict[str, str]) -> None:
    """No rule refuses what works."""
    assert parse({"emailFrom": "a@shop-orders.net", **values}, region="us-east-1")


def test_a_secret_of_another_region_passes_where_the_region_is_not_known() -> None:
    """Where `aws:region` is not set, nothing is said about regions."""
    assert parse({"emailFrom": "a@shop-orders.net", "domain": _DOMAIN})


def test_every_disagreement_is_reported_at_once() -> None:
    """Pairs of keys that disagree are told in one go, a sentence each."""
    message = refusal(
        settings(_FILE, waf="true", apiKeys='["shop"]', memory='{"lookup":128,"intake":128}')
    )
    told = [line.removeprefix("Configuration: ").split(" ")[0] for line in message.splitlines()]
    assert told == ["waf", "apiKeys", "memory.intake", "memory.lookup"]
