"""The stack's configuration: what is accepted, and the one sentence for what is not."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.config import ConfigError, StackConfig, parse
from infra.config.load import RETIRED
from tests.infra.support.graph import STACK_FILES, record, refusal, settings, stack_of
from tooling.root import ROOT

_FILE = STACK_FILES[0]
_STACK_FILE = f"Pulumi.{stack_of(_FILE)}.yaml"
_PROJECT = settings(_FILE).project
_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf"
_VPC = {
    "vpcId": "vpc-0a1b",
    "subnetIds": ["subnet-0a1b", "subnet-0c2d"],
    "routeTableIds": ["rtb-0a1b"],
}

# Key, value, and what the sentence says is allowed.
_WRONG = [
    ("gateway", "soap", "'http' or 'rest'"),
    ("ingestion", "batch", "'direct' or 'queued'"),
    ("auth", "basic", "'none', 'apiKey', 'jwt' or 'iam'"),
    ("contact", "no", "'required' or 'optional'"),
    ("encryption", "true", "'aws' or 'customer'"),
    ("apiKeys", '["Shop"]', "lower-case"),
    ("apiKeys", '["a shop"]', "lower-case"),
    ("apiKeys", "shop", "list"),
    ("jwt", "[]", "object of issuer, audiences, customerClaim"),
    ("jwt", '{"issuer":"http://id.example.com"}', "https"),
    ("jwt", '{"audiences":"shop"}', "list"),
    ("jwt", '{"customerClaim":""}', "1 character"),
    ("throttling", "100", "object of rateLimit, burstLimit"),
    ("throttling", '{"rateLimit":0}', "1"),
    ("throttling", '{"rateLimit":1.5}', "integer"),
    ("throttling", '{"burstLimit":-1}', "1"),
    ("throttling", '{"burstLimit":"many"}', "integer"),
    ("allowedIpRanges", '["192.0.2.0/33"]', "CIDR"),
    ("allowedIpRanges", '["192.0.2.1/24"]', "CIDR"),
    ("allowedIpRanges", '["office"]', "CIDR"),
    ("waf", "on", "boolean"),
    ("wafRateLimit", "9", "10"),
    ("wafRateLimit", "2000000001", "2000000000"),
    ("wafManagedRuleGroups", '["AWSManagedRulesATPRuleSet"]', "AWSManagedRulesCommonRuleSet"),
    ("domain", "api.example.com", "object of name, certificateArn, hostedZoneId"),
    ("domain", '{"name":"API.example.com"}', "lower case"),
    ("domain", '{"name":"https://api.example.com"}', "domain"),
    (
        "domain",
        '{"certificateArn":"arn:aws:iam::123456789012:server-certificate/x"}',
        "certificate",
    ),
    ("domain", '{"hostedZoneId":"example.com"}', "hosted zone"),
    ("emailIdentity", "new", "'existing', 'address' or 'domain'"),
    ("contributorInsights", "1", "boolean"),
    ("reservedConcurrency", '{"processor":1001}', "1000"),
    ("maximumConcurrency", "5", "object of processor, email, audit"),
    ("maximumConcurrency", '{"email":1}', "2"),
    ("maximumConcurrency", '{"audit":1001}', "1000"),
    ("maximumConcurrency", '{"processor":"many"}', "integer"),
    ("provisionedConcurrency", '{"orders":5}', "object of min, max, targetUtilization"),
    ("provisionedConcurrency", '{"orders":{"min":0,"max":5}}', "1"),
    ("provisionedConcurrency", '{"intake":{"min":1,"max":"5"}}', "integer"),
    ("provisionedConcurrency", '{"lookup":{"min":1,"max":5,"targetUtilization":70}}', "0.9"),
    ("provisionedConcurrency", '{"orders":{"min":1,"max":5,"targetUtilization":0}}', "0.1"),
    ("memory", '{"orders":127}', "128"),
    ("memory", '{"email":10241}', "10240"),
    ("memory", '{"audit":"1 GB"}', "integer"),
    ("snapStart", "PublishedVersions", "boolean"),
    ("vpc", "vpc-0a1b", "object of vpcId, subnetIds, routeTableIds, createEndpoints"),
    ("vpc", '{"vpcId":"default"}', "VPC"),
    ("vpc", '{"subnetIds":["10.0.0.0/24"]}', "subnet"),
    ("vpc", '{"routeTableIds":["main"]}', "route table"),
    ("vpc", '{"createEndpoints":"no"}', "boolean"),
    ("monitoring", "some", "'full', 'essential' or 'none'"),
    (
        "alarms",
        "20",
        "minimumRequests, evaluationPeriods, datapointsToAlarm, requestsPerHour, emailsPerHour",
    ),
    ("alarms", '{"minimumInvocations":0}', "1"),
    ("alarms", '{"minimumMessages":"20"}', "integer"),
    ("alarms", '{"minimumRequests":-1}', "1"),
    ("alarms", '{"evaluationPeriods":0}', "1"),
    ("alarms", '{"evaluationPeriods":289}', "288"),
    ("alarms", '{"datapointsToAlarm":0}', "1"),
    ("alarms", '{"requestsPerHour":0}', "1"),
    ("alarms", '{"emailsPerHour":1.5}', "integer"),
    ("tracing", "Active", "boolean"),
    ("traceSampling", "0", "1"),
    ("traceSampling", "101", "100"),
    ("traceSampling", "0.05", "integer"),
    ("executionLogLevel", "DEBUG", "'OFF', 'ERROR' or 'INFO'"),
    ("apiGatewayAccountRole", "0", "boolean"),
    ("emailFrom", "nobody", "address"),
    ("emailFrom", "Shop <a@example.com>", "address"),
    ("emailFrom", "*@example.com", "address"),
    ("emailTransport", "pigeon", "'ses' or 'smtp'"),
    ("smtpHost", "smtp://mail.example.com", "host"),
    ("smtpHost", "mail example", "host"),
    ("smtpPort", "0", "1"),
    ("smtpPort", "65536", "65535"),
    ("smtpPort", "submission", "integer"),
    ("smtpPort", "true", "integer"),
    ("smtpSecretArn", "arn:aws:s3:::secrets", "secret"),
    ("confirmationsPerHour", "0", "1"),
    ("confirmationsPerHour", "-1", "1"),
    ("confirmationsPerHour", "1001", "1000"),
    ("confirmationsPerHour", "1.5", "integer"),
    ("confirmationsPerHour", "true", "integer"),
    ("corsOrigins", "https://shop.example.com", "list"),
    ("corsOrigins", '["https://shop.example.com/"]', "origin"),
    ("corsOrigins", '["*.example.com"]', "origin"),
    ("corsOrigins", '["https://shop.example.com\'"]', "origin"),
    ("corsOrigins", '["https://*.example.com"]', "origin"),
    ("corsOrigins", '["https://a.example.com,https://b.example.com"]', "origin"),
    ("orderRetentionDays", "0", "1"),
    ("orderRetentionDays", "99999999999", "36500"),
    ("deletionProtection", "yes", "boolean"),
    ("deletionProtection", "1", "boolean"),
    (
        "reservedConcurrency",
        "[]",
        "object of orders, intake, processor, lookup, relay, email, audit",
    ),
    ("reservedConcurrency", '{"orders":0}', "1"),
    ("reservedConcurrency", '{"email":1}', "2"),
    ("reservedConcurrency", '{"audit":"3"}', "integer"),
    ("logLevel", "debug", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ("logRetentionDays", "8", "7, 14"),
    ("logRetentionDays", "true", "integer"),
    ("logRetentionDays", "week", "integer"),
    ("alertEmails", '["ops"]', "address"),
    ("alertEmails", '"ops@example.com"', "list"),
    ("alertPhoneNumbers", '["0800 123"]', "phone"),
    ("alertPhoneNumbers", '["15550100"]', "phone"),
    ("alertWebhooks", '["http://pager.example.com"]', "https"),
    ("alertWebhooks", "[7]", "string"),
    ("warningEmails", '["ops"]', "address"),
    ("warningWebhooks", '["http://chat.shop-orders.net"]', "https"),
    ("bundleDependencies", "maybe", "boolean"),
]


@pytest.mark.parametrize(("key", "value", "allowed"), _WRONG, ids=lambda text: str(text)[:24])
def test_a_wrong_value_stops_the_program(key: str, value: str, allowed: str) -> None:
    """A wrong value stops the program before the first resource, with one sentence: key, value, what is allowed."""
    message = refusal(settings(_FILE, **{key: value}))
    assert "\n" not in message
    assert message.startswith(f"Configuration key '{_PROJECT}:{key}")
    assert _STACK_FILE in message
    assert any(text in message for text in _spellings(value)), message
    assert allowed.lower() in message.lower(), message


def _spellings(value: str) -> set[str]:
    """How a sentence may quote a value: as it is, or the one part of it that is wrong."""
    try:
        return {json.dumps(value), *_parts(json.loads(value))}
    except ValueError:
        return {json.dumps(value)}


def _parts(value: object) -> set[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return {json.dumps(value)}.union(*map(_parts, inner))


def test_every_key_has_a_wrong_value_here() -> None:
    """No key is left out of the test above."""
    assert {key for key, _, _ in _WRONG} == set(StackConfig.keys())


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("emailfrom", "did you mean 'emailFrom'?"),
        ("log_level", "did you mean 'logLevel'?"),
        ("alertMails", "did you mean 'alertEmails'?"),
        ("zzz", "the keys are gateway, ingestion"),
    ],
)
def test_an_unknown_key_stops_the_program(key: str, suggestion: str) -> None:
    """An unknown key stops the program before the first resource, and the sentence says which one was meant."""
    message = refusal(settings(_FILE, **{key: "1"}))
    assert message.startswith(
        f"Configuration key '{_PROJECT}:{key}' in {_STACK_FILE} does not exist; {suggestion}"
    )
    assert message.count("\n") == 0


@pytest.mark.parametrize(
    ("key", "value", "inner", "suggestion"),
    [
        ("reservedConcurrency", {"shipping": 5}, "shipping", "the keys are orders, intake"),
        ("reservedConcurrency", {"Orders": 5}, "Orders", "did you mean 'orders'?"),
        ("maximumConcurrency", {"relay": 5}, "relay", "the keys are processor, email, audit"),
        ("memory", {"order": 512}, "order", "did you mean 'orders'?"),
        (
            "alarms",
            {"minimumInvocation": 5},
            "minimumInvocation",
            "did you mean 'minimumInvocations'?",
        ),
        ("throttling", {"rate": 5}, "rate", "did you mean 'rateLimit'?"),
        ("jwt", {"audience": ["shop"]}, "audience", "did you mean 'audiences'?"),
        ("domain", {"zone": "Z1"}, "zone", "the keys are name, certificateArn, hostedZoneId"),
        ("vpc", {"subnets": []}, "subnets", "did you mean 'subnetIds'?"),
        (
            "provisionedConcurrency",
            {"relay": {"min": 1, "max": 2}},
            "relay",
            "the keys are orders, intake, lookup",
        ),
        (
            "provisionedConcurrency",
            {"orders": {"min": 1, "max": 2, "maxx": 3}},
            "orders.maxx",
            "did you mean 'max'?",
        ),
    ],
)
def test_an_unknown_key_inside_an_object_stops_the_program(
    key: str, value: object, inner: str, suggestion: str
) -> None:
    """An unknown key inside an object, however deep, is refused, and the sentence says which one was meant there."""
    message = refusal(settings(_FILE, **{key: json.dumps(value)}))
    assert message.startswith(
        f"Configuration key '{_PROJECT}:{key}.{inner}' in {_STACK_FILE} does not exist; {suggestion}"
    )
    assert "\n" not in message


@pytest.mark.parametrize("key", RETIRED)
def test_a_retired_key_stops_the_program(key: str) -> None:
    """A key of an earlier version is refused with the one that has taken its place."""
    message = refusal(settings(_FILE, **{key: "5"}))
    assert message == (
        f"Configuration key '{_PROJECT}:{key}' in {_STACK_FILE} no longer exists; use '{RETIRED[key]}'."
    )
    outer, inner = RETIRED[key].split(".")
    assert parse({"emailFrom": "a@example.com", outer: json.dumps({inner: 5})})


@pytest.mark.parametrize("inner", ["min", "max"])
def test_a_missing_key_inside_an_object_stops_the_program(inner: str) -> None:
    """Inside an object, too, a missing key is told with the way to set it."""
    given = {key: 1 for key in ("min", "max") if key != inner}
    message = refusal(settings(_FILE, provisionedConcurrency=json.dumps({"orders": given})))
    key = f"provisionedConcurrency.orders.{inner}"
    assert message == (
        f"Configuration key '{_PROJECT}:{key}' is missing in {_STACK_FILE}; "
        f"set it with: pulumi config set --path {key} <value>."
    )


@pytest.mark.parametrize("ingestion", ["direct", "queued"])
def test_nothing_is_reserved_by_default(ingestion: str) -> None:
    """A stack that says nothing reserves no execution of the account for any function."""
    config = parse({"emailFrom": "a@example.com", "ingestion": ingestion})
    assert config.reserved_concurrency.given == {}


def test_examples_that_reserve_say_so() -> None:
    """An example that reserves executions, as its source system does, says what the account needs for them."""
    for path in (ROOT / "examples").glob("Pulumi.*.yaml"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^  reservedConcurrency:", text, re.MULTILINE):
            assert "aws lambda get-account-settings" in text, path
            assert "100 executions unreserved" in text, path


def test_every_mistake_is_reported_at_once() -> None:
    """Several mistakes are told in one go, a sentence each."""
    message = refusal(settings(_FILE, logLevel="loud", smtpPort="0", colour="red"))
    assert [line.split("'")[1].split(":")[1] for line in message.splitlines()] == [
        "smtpPort",
        "logLevel",
        "colour",
    ]


@pytest.mark.parametrize(
    ("project", "stack", "named"),
    [
        ("order-processing", "a-pull-request-with-a-long-name", "at most 39"),
        ("order-processing-of-the-whole-company-and-more", "dev", "at most 39"),
        ("order-processing", "pr.12", "pr.12"),
        ("order.processing", "dev", "order.processing"),
    ],
)
def test_names_that_aws_refuses_stop_the_program(project: str, stack: str, named: str) -> None:
    """Names of project or stack that AWS would refuse in a function's name stop the program, with what is allowed."""
    renamed = dataclasses.replace(
        settings(_FILE), project=project, stack=stack, config={f"{project}:emailFrom": "a@b.cc"}
    )
    message = refusal(renamed)
    assert "\n" not in message
    assert f"{project}-{stack}" in message
    assert named in message


def test_the_longest_name_is_accepted() -> None:
    """With the longest names of project and stack that are accepted, no deployed name is longer than AWS allows."""
    limits = {
        "lambda": 64,
        "iam": 64,
        "sqs": 80,
        "apigatewayv2": 128,
        "wafv2": 128,
        "dynamodb": 255,
        "sns": 256,
    }
    limits |= {
        "cloudwatch": 255,
        "xray": 32,
        "ec2": 255,
        "kms": 256,
        "appautoscaling": 256,
        "apigateway": 255,
    }
    values = {
        "ingestion": "queued",
        "vpc": json.dumps(_VPC),
        "gateway": "rest",
        "waf": "true",
        "encryption": "customer",
    }
    configured = settings(_FILE, **values, provisionedConcurrency='{"intake":{"min":1,"max":2}}')
    graph = record(dataclasses.replace(configured, stack="s" * (39 - len(f"{_PROJECT}-"))))
    for resource in graph.resources:
        for key in resource.inputs.keys() & {"name", "ruleName", "dashboardName"}:
            assert len(resource[key]) <= limits[resource.type.split(":")[1].split("/")[0]], resource


def test_every_stack_file_is_accepted() -> None:
    """Every stack file, examples included, is valid, and the defaults alone are but for the sender."""
    for path in STACK_FILES:
        values = {
            key.split(":")[1]: text
            for key, text in settings(path).config.items()
            if not key.startswith("aws:")
        }
        assert parse(values).email_from == values["emailFrom"]
    assert parse({"emailFrom": "a@example.com"}) == StackConfig(emailFrom="a@example.com")


def test_no_stack_of_this_machine_starts_many_processes() -> None:
    """A stack for the embedded AWS limits every function that it has: each execution is a process there."""
    local = [path for path in STACK_FILES if "aws:endpoints" in settings(path).config]
    assert local
    for path in local:
        values = {
            key.split(":")[1]: text
            for key, text in settings(path).config.items()
            if not key.startswith("aws:")
        }
        config = parse(values)
        limits = config.reserved_concurrency.model_dump()
        assert all(0 < (limits[name] or 0) <= 8 for name in config.function_names), path


def test_the_local_stack_reaches_no_real_service() -> None:
    """Every service in which the program may create something has an endpoint of the embedded AWS."""
    (local,) = (path for path in STACK_FILES if stack_of(path) == "local")
    (endpoints,) = json.loads(settings(local).config["aws:endpoints"])
    modules = {
        module
        for path in (ROOT / "infra").rglob("*.py")
        for module in re.findall(r"\baws\.(\w+)\.[A-Z]", path.read_text(encoding="utf-8"))
    }
    # The provider's own names where they differ; a log group is in the module of CloudWatch, but not in its service.
    named = {"lambda_": "lambda", "vpc": "ec2"}
    assert {named.get(module, module) for module in modules} | {
        "cloudwatchlogs",
        "sts",
    } == endpoints.keys()


def test_values_arrive_with_their_types() -> None:
    """Text, numbers, booleans, lists and objects arrive as what they are."""
    texts = {
        "emailFrom": "a@example.com",
        "throttling": '{"rateLimit":3}',
        "deletionProtection": "true",
        "alertPhoneNumbers": '["+15550100"]',
        "reservedConcurrency": '{"orders":4,"email":null}',
        "provisionedConcurrency": '{"orders":{"min":1,"max":4,"targetUtilization":0.5}}',
        "emailTransport": "smtp",
        "smtpHost": "mail.example.com",
        "smtpSecretArn": _ARN,
    }
    config = parse(texts)
    assert (
        config.throttling.rate_limit,
        config.throttling.burst_limit,
        config.deletion_protection,
    ) == (3, None, True)
    assert config.alert_phone_numbers == ["+15550100"]
    assert (config.reserved_concurrency.orders, config.reserved_concurrency.email) == (4, None)
    assert config.provisioned_concurrency.orders is not None
    assert config.provisioned_concurrency.orders.target_utilization == 0.5
    assert (config.smtp_host, config.smtp_secret_arn) == ("mail.example.com", _ARN)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    values=st.dictionaries(
        st.sampled_from(StackConfig.keys()) | st.text(), st.text() | _JSON.map(json.dumps)
    )
)
@example(values={"alertEmails": "[" * 100_000})
@example(values={"smtpPort": "9" * 5_000})
@example(values={"smtpPort": "1\n"})
@example(values={"reservedConcurrency": '{"orders": 1e400}'})
@example(values={"alertEmails": '["\\ud800"]'})
@example(values={"provisionedConcurrency": '{"orders": []}'})
@example(values={"provisionedConcurrency": '{"orders": {"x": {"y": 1}}}'})
@example(
    values={
        "emailFrom": "a@example.com",
        "domain": '{"certificateArn": "arn:aws:acm::123456789012:certificate/x"}',
    }
)
def test_no_configuration_crashes_the_program(values: dict[str, str]) -> None:
    """Whatever the keys and values, the answer is a configuration or a ConfigError."""
    with contextlib.suppress(ConfigError):
        assert parse(values, region="us-east-1").email_from
