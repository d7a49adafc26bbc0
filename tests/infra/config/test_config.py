"""The stack's configuration: what is accepted, and the one sentence for what is not."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.common.contract import function_names
from infra.config import ConfigError, StackConfig, parse
from infra.config.documents import fields
from infra.config.errors import RETIRED
from infra.config.objects import Smtp
from infra.config.values import FUNCTIONS
from tests.infra.config.keys import OBJECTS, SECRET, nested, text
from tests.infra.support.graph import STACK_FILES, record, refusal, settings, stack_of
from tooling.root import ROOT

_FILE = STACK_FILES[0]
_STACK_FILE = f"Pulumi.{stack_of(_FILE)}.yaml"
_PROJECT = settings(_FILE).project

# Key, value, and what the sentence says is allowed.
_WRONG: list[tuple[str, Any, str]] = [
    ("gateway", "soap", "'http' or 'rest'"),
    ("ingestion", "batch", "'direct' or 'queued'"),
    ("auth", "basic", "'none', 'apiKey', 'jwt' or 'iam'"),
    ("contact", "no", "'required' or 'optional'"),
    ("encryption", True, "'aws' or 'customer'"),
    ("apiKeys", ["Shop"], "lower-case"),
    ("apiKeys", ["a shop"], "lower-case"),
    ("apiKeys", "shop", "list"),
    ("jwt", [], "object of issuer, audiences, customerClaim"),
    ("jwt.issuer", "http://id.example.com", "https"),
    ("jwt.audiences", "shop", "list"),
    ("jwt.audiences", [], "at least 1 item"),
    ("jwt.customerClaim", "", "1 character"),
    ("jwt.clientId", "", "without spaces"),
    ("jwt.clientId", "web shop", "without spaces"),
    ("jwt.signInOrigin", "https://login.shop-orders.net/", "without a path"),
    ("jwt.signInOrigin", "http://login.shop-orders.net", "https"),
    ("jwt.signInOrigin", "*", "https"),
    ("throttling", 100, "object of rateLimit, burstLimit"),
    ("throttling.rateLimit", 0, "1"),
    ("throttling.rateLimit", 1.5, "integer"),
    ("throttling.burstLimit", -1, "1"),
    ("throttling.burstLimit", "many", "integer"),
    ("rest.allowedIpRanges", ["192.0.2.0/33"], "CIDR"),
    ("rest.allowedIpRanges", ["192.0.2.1/24"], "CIDR"),
    ("rest.allowedIpRanges", ["office"], "CIDR"),
    ("rest.waf", True, "object of rateLimit, managedRuleGroups"),
    ("rest.waf.rateLimit", 9, "10"),
    ("rest.waf.rateLimit", 2000000001, "2000000000"),
    ("rest.waf.managedRuleGroups", ["AWSManagedRulesATPRuleSet"], "AWSManagedRulesCommonRuleSet"),
    ("rest.executionLogLevel", "DEBUG", "'OFF', 'ERROR' or 'INFO'"),
    ("rest.accountRole", 0, "boolean"),
    ("domain", "api.example.com", "object of name, certificateArn, hostedZoneId"),
    ("domain.name", "API.example.com", "lower case"),
    ("domain.name", "https://api.example.com", "domain"),
    ("domain.certificateArn", "arn:aws:iam::123456789012:server-certificate/x", "certificate"),
    ("domain.hostedZoneId", "example.com", "hosted zone"),
    ("emailIdentity", "new", "'existing', 'address' or 'domain'"),
    ("permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess", "customer managed policy"),
    ("contributorInsights", 1, "boolean"),
    ("maximumConcurrency", 5, "object of processor, email, audit"),
    ("maximumConcurrency.email", 1, "2"),
    ("maximumConcurrency.audit", 1001, "1000"),
    ("maximumConcurrency.processor", "many", "integer"),
    ("provisionedConcurrency.orders", 5, "object of min, max, targetUtilization"),
    ("provisionedConcurrency.orders.min", 0, "1"),
    ("provisionedConcurrency.intake.max", "5", "integer"),
    ("provisionedConcurrency.lookup.targetUtilization", 70, "0.9"),
    ("provisionedConcurrency.orders.targetUtilization", 0, "0.1"),
    ("memory.orders", 127, "128"),
    ("memory.email", 10241, "10240"),
    ("memory.audit", "1 GB", "integer"),
    ("relay", 4, "object of parallelizationFactor, batchingWindowSeconds"),
    ("relay.parallelizationFactor", 0, "1"),
    ("relay.parallelizationFactor", 11, "10"),
    ("relay.batchingWindowSeconds", -1, "0"),
    ("relay.batchingWindowSeconds", 301, "300"),
    ("snapStart", "PublishedVersions", "boolean"),
    ("vpc", "vpc-0a1b", "object of vpcId, subnetIds, endpoints"),
    ("vpc.vpcId", "default", "VPC"),
    ("vpc.subnetIds", ["10.0.0.0/24"], "subnet"),
    ("vpc.subnetIds", [], "at least 1 item"),
    ("vpc.endpoints.routeTableIds", ["main"], "route table"),
    ("vpc.endpoints", True, "object of routeTableIds"),
    ("canary", 10, "object of steps, bakeMinutes"),
    ("canary.steps", [], "at least 1 item"),
    ("canary.steps", [0], "1"),
    ("canary.steps", [10, 100], "99"),
    ("canary.steps", [10.5], "integer"),
    ("canary.bakeMinutes", 0, "1"),
    ("canary.bakeMinutes", 1441, "1440"),
    ("monitoring", "some", "'full', 'essential' or 'none'"),
    (
        "alarms",
        20,
        "minimumRequests, evaluationPeriods, datapointsToAlarm, requestsPerHour, emailsPerHour",
    ),
    ("alarms.minimumInvocations", 0, "1"),
    ("alarms.minimumMessages", "20", "integer"),
    ("alarms.minimumRequests", -1, "1"),
    ("alarms.evaluationPeriods", 0, "1"),
    ("alarms.evaluationPeriods", 289, "288"),
    ("alarms.datapointsToAlarm", 0, "1"),
    ("alarms.requestsPerHour", 0, "1"),
    ("alarms.emailsPerHour", 1.5, "integer"),
    ("traceSampling", -1, "0"),
    ("traceSampling", 101, "100"),
    ("traceSampling", 0.05, "integer"),
    ("emailFrom", "nobody", "address"),
    ("emailFrom", "Shop <a@example.com>", "address"),
    ("emailFrom", "*@example.com", "address"),
    ("smtp.host", "smtp://mail.example.com", "host"),
    ("smtp.host", "mail example", "host"),
    ("smtp.port", 0, "1"),
    ("smtp.port", 65536, "65535"),
    ("smtp.port", "submission", "integer"),
    ("smtp.port", True, "integer"),
    ("smtp.secretArn", "arn:aws:s3:::secrets", "secret"),
    ("confirmationsPerHour", 0, "1"),
    ("confirmationsPerHour", -1, "1"),
    ("confirmationsPerHour", 1001, "1000"),
    ("confirmationsPerHour", 1.5, "integer"),
    ("confirmationsPerHour", True, "integer"),
    ("corsOrigins", "https://shop.example.com", "list"),
    ("corsOrigins", ["https://shop.example.com/"], "origin"),
    ("corsOrigins", ["*.example.com"], "origin"),
    ("corsOrigins", ["https://shop.example.com'"], "origin"),
    ("corsOrigins", ["https://*.example.com"], "origin"),
    ("corsOrigins", ["https://a.example.com,https://b.example.com"], "origin"),
    ("corsOrigins", ["*", "https://shop.shop-orders.net"], "'*' alone"),
    ("storefront", "yes", "boolean"),
    ("orderRetentionDays", 0, "1"),
    ("orderRetentionDays", 99999999999, "36500"),
    ("deletionProtection", "yes", "boolean"),
    ("deletionProtection", 1, "boolean"),
    ("reservedConcurrency", [], "object of orders, intake, processor, lookup, relay, email, audit"),
    ("reservedConcurrency.orders", 0, "1"),
    ("reservedConcurrency.audit", "3", "integer"),
    ("logLevel", "debug", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ("logRetentionDays", 8, "7, 14"),
    ("logRetentionDays", True, "integer"),
    ("logRetentionDays", "week", "integer"),
    ("alerts.emails", ["ops"], "address"),
    ("alerts.emails", "ops@example.com", "list"),
    ("alerts.emails", ["a@shop-orders.net", "a@shop-orders.net"], "each entry once"),
    ("alerts.phoneNumbers", ["0800 123"], "phone"),
    ("alerts.phoneNumbers", ["15550100"], "phone"),
    ("alerts.webhooks", ["http://pager.example.com"], "https"),
    ("alerts.webhooks", [7], "string"),
    ("warnings.emails", ["ops"], "address"),
    ("warnings.webhooks", ["http://chat.shop-orders.net"], "https"),
]


@pytest.mark.parametrize(("key", "value", "allowed"), _WRONG, ids=lambda part: str(part)[:24])
def test_a_wrong_value_stops_the_program(key: str, value: Any, allowed: str) -> None:
    """A wrong value stops the program with one sentence: the key, the value, what is allowed."""
    message = refusal(settings(_FILE, **nested(key, value)))
    assert "\n" not in message
    assert message.startswith(f"Configuration key '{_PROJECT}:{key}")
    assert _STACK_FILE in message
    assert any(json.dumps(each) in message for each in _parts(value)), message
    assert allowed.lower() in message.lower(), message


def _parts(value: Any) -> list[Any]:
    """A value, and each entry of a list."""
    return [value, *(value if isinstance(value, list) else [])]


def test_every_key_has_a_wrong_value_here() -> None:
    """No key is left out of the test above."""
    assert {key.partition(".")[0] for key, _, _ in _WRONG} == set(StackConfig.keys())


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("emailfrom", "did you mean 'emailFrom'?"),
        ("log_level", "did you mean 'logLevel'?"),
        ("alert", "did you mean 'alerts'?"),
        ("zzz", "the keys are gateway, ingestion"),
    ],
)
def test_an_unknown_key_stops_the_program(key: str, suggestion: str) -> None:
    """An unknown key stops the program with a sentence that suggests another one."""
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
        (
            "jwt",
            {**OBJECTS["jwt"], "audience": ["shop"]},
            "audience",
            "did you mean 'audiences'?",
        ),
        (
            "domain",
            {**OBJECTS["domain"], "zone": "Z1"},
            "zone",
            "the keys are name, certificateArn, hostedZoneId",
        ),
        ("vpc", {**OBJECTS["vpc"], "subnets": []}, "subnets", "did you mean 'subnetIds'?"),
        ("rest", {"waf": {"rate": 5}}, "waf.rate", "did you mean 'rateLimit'?"),
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
    """An unknown key inside an object, at any depth, is refused with a suggestion."""
    message = refusal(settings(_FILE, **{key: json.dumps(value)}))
    assert message.startswith(
        f"Configuration key '{_PROJECT}:{key}.{inner}' in {_STACK_FILE} does not exist; "
        + suggestion
    )
    assert "\n" not in message


@pytest.mark.parametrize("key", RETIRED)
def test_a_retired_key_stops_the_program(key: str) -> None:
    """A key of an earlier version is refused with the one that replaced it."""
    message = refusal(settings(_FILE, **nested(key, 5)))
    instead = f"use '{RETIRED[key]}'" if RETIRED[key] else "remove it"
    assert message == (
        f"Configuration key '{_PROJECT}:{key}' in {_STACK_FILE} no longer exists; {instead}."
    )
    assert RETIRED[key] in {"", *(path for path, _ in fields())}


@pytest.mark.parametrize(
    ("outer", "inner"),
    # An object without any key is absent.
    [(outer, inner) for outer, keys in OBJECTS.items() for inner in keys if len(keys) > 1],
)
def test_a_missing_key_inside_an_object_stops_the_program(outer: str, inner: str) -> None:
    """Inside an object, a missing key is reported with the command that sets it."""
    rest = {key: value for key, value in OBJECTS[outer].items() if key != inner}
    message = refusal(settings(_FILE, **nested(outer, rest)))
    start = f"Configuration key '{_PROJECT}:{outer}.{inner}' is missing in {_STACK_FILE}; set it "
    assert message.startswith(f"{start}with: pulumi config set --path ")
    assert f"{outer}.{inner}" in message.removeprefix(start)


@pytest.mark.parametrize("ingestion", ["direct", "queued"])
def test_nothing_is_reserved_by_default(ingestion: str) -> None:
    """A stack that says nothing reserves no execution of the account for any function."""
    config = parse({"emailFrom": "a@example.com", "ingestion": ingestion})
    assert config.reserved_concurrency == {}


def test_examples_that_reserve_say_so() -> None:
    """An example with reserved concurrency says what the account needs for it."""
    for path in (ROOT / "examples").glob("Pulumi.*.yaml"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^  reservedConcurrency:", text, re.MULTILINE):
            assert "aws lambda get-account-settings" in text, path
            assert "100 executions unreserved" in text, path


def test_every_mistake_is_reported_at_once() -> None:
    """Several mistakes are reported at once, a sentence each."""
    message = refusal(settings(_FILE, **nested("smtp.port", 0), logLevel="loud", colour="red"))
    assert [line.split("'")[1].split(":")[1] for line in message.splitlines()] == [
        "smtp.port",
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
    """Names of project or stack that AWS would refuse stop the program, with what is allowed."""
    renamed = dataclasses.replace(
        settings(_FILE), project=project, stack=stack, config={f"{project}:emailFrom": "a@b.cc"}
    )
    message = refusal(renamed)
    assert "\n" not in message
    assert f"{project}-{stack}" in message
    assert named in message


def test_the_longest_name_is_accepted() -> None:
    """With the longest names of project and stack, no deployed name exceeds AWS's limit."""
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
        **nested("vpc.endpoints.routeTableIds", ["rtb-0a1b"]),
        "gateway": "rest",
        "rest": '{"waf":{}}',
        "encryption": "customer",
    }
    configured = settings(_FILE, **values, provisionedConcurrency='{"intake":{"min":1,"max":2}}')
    graph = record(dataclasses.replace(configured, stack="s" * (39 - len(f"{_PROJECT}-"))))
    for resource in graph.resources:
        for key in resource.inputs.keys() & {"name", "ruleName", "dashboardName"}:
            assert len(resource[key]) <= limits[resource.type.split(":")[1].split("/")[0]], resource


def test_every_function_may_be_configured() -> None:
    """The names in objects by function are those of all functions that a stack may have."""
    stacks = itertools.product(("direct", "queued"), ("none", "iam"))
    names = {
        each
        for ingestion, auth in stacks
        for each in function_names(ingestion=ingestion, auth=auth)
    }
    assert set(FUNCTIONS) == names


def test_every_stack_file_is_accepted() -> None:
    """Every stack file and example is valid, and so are the defaults with a sender."""
    for path in STACK_FILES:
        values = {
            key.split(":")[1]: text
            for key, text in settings(path).config.items()
            if not key.startswith("aws:")
        }
        assert parse(values).email_from == values["emailFrom"]
    assert parse({"emailFrom": "a@example.com"}) == StackConfig(emailFrom="a@example.com")


def test_no_stack_of_this_machine_starts_many_processes() -> None:
    """A stack for the embedded AWS limits every function: each execution is a process."""
    local = [path for path in STACK_FILES if "aws:endpoints" in settings(path).config]
    assert local
    for path in local:
        values = {
            key.split(":")[1]: text
            for key, text in settings(path).config.items()
            if not key.startswith("aws:")
        }
        config = parse(values)
        limits = config.reserved_concurrency
        assert all(0 < limits[name] <= 8 for name in config.function_names), path


def test_the_local_stack_reaches_no_real_service() -> None:
    """Every service with resources of the program has an endpoint of the embedded AWS."""
    (local,) = (path for path in STACK_FILES if stack_of(path) == "local")
    (endpoints,) = json.loads(settings(local).config["aws:endpoints"])
    modules = {
        module
        for path in (ROOT / "infra").rglob("*.py")
        for module in re.findall(r"\baws\.(\w+)\.[A-Z]", path.read_text(encoding="utf-8"))
    }
    # The provider's names of services; log groups are in the module of CloudWatch.
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
        "alerts": '{"phoneNumbers":["+15550100"]}',
        "reservedConcurrency": '{"orders":4}',
        "provisionedConcurrency": '{"orders":{"min":1,"max":4,"targetUtilization":0.5}}',
        "smtp": text(OBJECTS["smtp"]),
        "vpc": "{}",
    }
    config = parse(texts)
    assert (
        config.throttling.rate_limit,
        config.throttling.burst_limit,
        config.deletion_protection,
    ) == (3, None, True)
    assert config.alerts.phone_numbers == ["+15550100"]
    assert config.reserved_concurrency == {"orders": 4}
    assert config.provisioned_concurrency["orders"].target_utilization == 0.5
    assert config.smtp == Smtp(host="smtp.shop-orders.net", secretArn=SECRET)
    assert config.vpc is None


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
@example(values={"apiKeys": "[" * 100_000})
@example(values={"traceSampling": "9" * 5_000})
@example(values={"traceSampling": "1\n"})
@example(values={"reservedConcurrency": '{"orders": 1e400}'})
@example(values={"apiKeys": '["\\ud800"]'})
@example(values={"alerts": '{"emails": 1}'})
@example(values={"jwt": '{"issuer": []}', "auth": "jwt"})
@example(values={"provisionedConcurrency": '{"orders": []}'})
@example(values={"provisionedConcurrency": '{"orders": {"x": {"y": 1}}}'})
@example(
    values={
        "emailFrom": "a@example.com",
        "domain": '{"certificateArn": "arn:aws:acm::123456789012:certificate/x"}',
    }
)
def test_no_configuration_crashes_the_program(values: dict[str, str]) -> None:
    """Any keys and values result in a configuration or a ConfigError."""
    with contextlib.suppress(ConfigError):
        assert parse(values, region="us-east-1").email_from
