"""The stack's configuration: what is accepted, and the one sentence for what is not."""

from __future__ import annotations

import contextlib
import dataclasses
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.config import ConfigError, StackConfig
from tests.support.infra_graph import STACK_FILES, record, refusal, settings

_FILE = STACK_FILES[0]
_PROJECT = settings(_FILE).project
_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf"

# Key, value, and what the sentence says is allowed.
_WRONG = [
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
    ("corsOrigins", "https://shop.example.com", "list"),
    ("corsOrigins", '["https://shop.example.com/"]', "origin"),
    ("corsOrigins", '["*.example.com"]', "origin"),
    ("corsOrigins", '["https://*.example.com"]', "origin"),
    ("corsOrigins", '["https://a.example.com,https://b.example.com"]', "origin"),
    ("throttlingRateLimit", "0", "1"),
    ("throttlingRateLimit", "1.5", "integer"),
    ("throttlingBurstLimit", "-1", "1"),
    ("throttlingBurstLimit", "many", "integer"),
    ("orderRetentionDays", "0", "1"),
    ("orderRetentionDays", "99999999999", "36500"),
    ("deletionProtection", "yes", "boolean"),
    ("deletionProtection", "1", "boolean"),
    ("reservedConcurrency", "[]", "ReservedConcurrency"),
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
    ("bundleDependencies", "maybe", "boolean"),
]


@pytest.mark.parametrize(("key", "value", "allowed"), _WRONG, ids=lambda text: str(text)[:24])
def test_a_wrong_value_stops_the_program(key: str, value: str, allowed: str) -> None:
    """A wrong value stops the program before the first resource, with one sentence: key, value, what is allowed."""
    message = refusal(settings(_FILE, **{key: value}))
    assert "\n" not in message
    assert message.startswith(f"Configuration key '{_PROJECT}:{key}")
    assert any(text in message for text in _spellings(value)), message
    assert allowed.lower() in message.lower(), message


def _spellings(value: str) -> set[str]:
    """How a sentence may quote a value: as it is, or the one element of it that is wrong."""
    try:
        parsed = json.loads(value)
    except ValueError:
        return {json.dumps(value)}
    inner = list(parsed.values()) if isinstance(parsed, dict) else parsed if isinstance(parsed, list) else []
    return {json.dumps(each) for each in [parsed, *inner]} | {json.dumps(value)}


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("emailfrom", "did you mean 'emailFrom'"),
        ("log_level", "did you mean 'logLevel'"),
        ("alertMails", "did you mean 'alertEmails'"),
        ("zzz", "the keys are emailFrom, emailTransport"),
    ],
)
def test_an_unknown_key_stops_the_program(key: str, suggestion: str) -> None:
    """An unknown key stops the program before the first resource, and the sentence says which one was meant."""
    message = refusal(settings(_FILE, **{key: "1"}))
    assert message.startswith(f"Configuration key '{_PROJECT}:{key}' does not exist; {suggestion}")
    assert message.count("\n") == 0


@pytest.mark.parametrize("key", ["shipping", "Orders", "zzz"])
def test_an_unknown_function_stops_the_program(key: str) -> None:
    """Concurrency for a function that does not exist is refused with the names of those that do."""
    message = refusal(settings(_FILE, reservedConcurrency=json.dumps({key: 5})))
    assert message.startswith(f"Configuration key '{_PROJECT}:reservedConcurrency.{key}' does not exist; ")
    assert "orders" in message
    assert "did you mean 'reservedConcurrency'" not in message


def test_a_missing_key_stops_the_program() -> None:
    """Without a sender the program stops before the first resource, and says how to set one."""
    message = refusal(settings(_FILE, emailFrom=None))
    assert message == (
        f"Configuration key '{_PROJECT}:emailFrom' is missing; set it with: pulumi config set emailFrom <value>."
    )


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"emailTransport": "smtp"}, ["emailTransport", "'smtp'", "smtpHost", "smtpSecretArn"]),
        ({"emailTransport": "smtp", "smtpHost": "mail.example.com"}, ["emailTransport", "'smtp'", "smtpSecretArn"]),
        ({"emailTransport": "smtp", "smtpSecretArn": _ARN}, ["emailTransport", "'smtp'", "smtpHost"]),
        ({"smtpHost": "mail.example.com"}, ["smtpHost", "emailTransport", "'ses'", "'smtp'"]),
        ({"smtpSecretArn": _ARN}, ["smtpSecretArn", "emailTransport", "'ses'", "'smtp'"]),
        ({"corsOrigins": '["*","https://a.example.com"]'}, ["corsOrigins", "'*'"]),
        ({"alertEmails": '["a@example.com","a@example.com"]'}, ["alertEmails", "a@example.com", "once"]),
    ],
    ids="+".join,
)
def test_values_that_disagree_stop_the_program(values: dict[str, str], named: list[str]) -> None:
    """Two values that disagree stop the program before the first resource, with a sentence that names both."""
    message = refusal(settings(_FILE, **values))
    assert "\n" not in message
    assert all(name in message for name in named), message


def test_every_mistake_is_reported_at_once() -> None:
    """Several mistakes are told in one go, a sentence each."""
    message = refusal(settings(_FILE, logLevel="loud", smtpPort="0", colour="red"))
    assert [line.split("'")[1].split(":")[1] for line in message.splitlines()] == ["smtpPort", "logLevel", "colour"]


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
    limits = {"lambda": 64, "iam": 64, "sqs": 80, "apigatewayv2": 128, "dynamodb": 255, "sns": 256, "cloudwatch": 255}
    graph = record(dataclasses.replace(settings(_FILE), stack="s" * (39 - len(f"{_PROJECT}-"))))
    for resource in graph.resources:
        if "name" in resource.inputs:
            assert len(resource["name"]) <= limits[resource.type.split(":")[1].split("/")[0]], resource


def test_every_stack_file_is_accepted() -> None:
    """Every stack file, examples included, is valid, and the defaults alone are but for the sender."""
    for path in STACK_FILES:
        values = {key.split(":")[1]: text for key, text in settings(path).config.items() if not key.startswith("aws:")}
        assert StackConfig.parse(values).email_from == values["emailFrom"]
    assert StackConfig.parse({"emailFrom": "a@example.com"}) == StackConfig(emailFrom="a@example.com")


def test_values_arrive_with_their_types() -> None:
    """Text, numbers, booleans, lists and objects arrive as what they are."""
    texts = {
        "emailFrom": "a@example.com",
        "throttlingRateLimit": "3",
        "deletionProtection": "true",
        "alertPhoneNumbers": '["+15550100"]',
        "reservedConcurrency": '{"orders":4,"email":null}',
        "emailTransport": "smtp",
        "smtpHost": "mail.example.com",
        "smtpSecretArn": _ARN,
    }
    config = StackConfig.parse(texts)
    assert (config.throttling_rate_limit, config.deletion_protection) == (3, True)
    assert config.alert_phone_numbers == ["+15550100"]
    assert (config.reserved_concurrency.orders, config.reserved_concurrency.email) == (4, None)
    assert (config.smtp_host, config.smtp_secret_arn) == ("mail.example.com", _ARN)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(values=st.dictionaries(st.sampled_from(StackConfig.keys()) | st.text(), st.text() | _JSON.map(json.dumps)))
@example(values={"alertEmails": "[" * 100_000})
@example(values={"smtpPort": "9" * 5_000})
@example(values={"smtpPort": "1\n"})
@example(values={"reservedConcurrency": '{"orders": 1e400}'})
@example(values={"alertEmails": '["\\ud800"]'})
def test_no_configuration_crashes_the_program(values: dict[str, str]) -> None:
    """Whatever the keys and values, the answer is a configuration or a ConfigError."""
    with contextlib.suppress(ConfigError):
        assert StackConfig.parse(values).email_from
