"""Configuration errors: one sentence with the file, the key, the value and what is allowed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pytest

from infra import config
from infra.config import ConfigError, StackConfig, parse
from infra.config.documents import fields
from infra.config.stack_file import duplicates
from local.deployment import program
from tests.infra.config.keys import nested
from tests.infra.support.graph import STACK_FILES, refusal, settings, stack_of
from tests.infra.support.mock_responses import Cloud
from tooling.errors import UserError
from tooling.stackfile import StackFile, load

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic.fields import FieldInfo

_FILE = STACK_FILES[0]
_STACK_FILE = f"Pulumi.{stack_of(_FILE)}.yaml"
_PROJECT = settings(_FILE).project
_KEYS = [(key.replace("<function>", "orders"), field) for key, field in fields()]


@pytest.mark.parametrize(("key", "field"), _KEYS)
def test_a_value_of_the_wrong_type_is_shown(key: str, field: FieldInfo) -> None:
    """For every key, inside objects too, a value of another type is shown with its type."""
    value = {"odd": 1} if "list" in str(field.annotation) else ["odd"]
    message = refusal(settings(_FILE, **nested(key, value)))
    assert "\n" not in message
    assert f"'{_PROJECT}:{key}' in {_STACK_FILE} is {json.dumps(value)}" in message
    assert "which is not allowed: Input should be" in message


@pytest.mark.parametrize(("key", "_field"), [(key, field) for key, field in _KEYS if "." in key])
def test_an_unknown_key_beside_each_is_named(key: str, _field: FieldInfo) -> None:
    """An unknown key inside an object is reported with the file and the existing keys."""
    odd = f"{key.rpartition('.')[0]}.zzz"
    message = refusal(settings(_FILE, **nested(odd, 1)))
    (sentence,) = [
        line for line in message.splitlines() if f"'{_PROJECT}:{odd}' in {_STACK_FILE} " in line
    ]
    _, keys = sentence.split(" does not exist; the keys are ")
    assert key.rpartition(".")[2] in keys.removesuffix(".").split(", ")


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("traceSampling", "many", '"many" (a string)'),
        ("traceSampling", "1.5", "1.5 (a number)"),
        ("traceSampling", "-1e3", "-1000.0 (a number)"),
        ("traceSampling", "true", "true (a boolean)"),
        ("snapStart", "on", '"on" (a string)'),
        ("snapStart", "1", "1 (an integer)"),
        ("apiKeys", '"shop"', '"\\"shop\\"" (a string)'),
        ("apiKeys", "{}", "{} (an object)"),
        ("memory", "[512]", "[512] (a list)"),
        ("memory", '{"orders":"512"}', '"512" (a string)'),
        ("reservedConcurrency", "null", "null"),
        ("emailFrom", "b\u00fccher", '"b\u00fccher"'),
        ("logLevel", "a\u202eb", '"a\\u202eb"'),
        ("logLevel", "x" * 500, '"' + "x" * 199 + "..."),
    ],
)
def test_a_value_is_shown_as_it_was_written(key: str, text: str, shown: str) -> None:
    """Numbers, booleans and lists are shown as such, text in quotes, long values shortened."""
    message = refusal(settings(_FILE, **{key: text}))
    assert f"in {_STACK_FILE} is {shown}, which is not allowed" in message


@pytest.mark.parametrize(
    ("key", "text", "name"),
    [
        ("throttling", '{"rateLimit": 1, "rateLimit": 2}', "rateLimit"),
        ("provisionedConcurrency", '{"orders": {"min": 1, "max": 2, "max": 3}}', "max"),
    ],
)
def test_a_repeated_name_in_json_is_refused(key: str, text: str, name: str) -> None:
    """A value that is written as JSON holds each name once."""
    message = refusal(settings(_FILE, **{key: text}))
    assert f":{key}' holds '{name}' more than once; set it once ({_STACK_FILE})." in message


_SECRETS: dict[str, tuple[str, str]] = {
    "emailFrom": ("s3cr3t", "s3cr3t"),
    "alerts": ('{"webhooks":["https://pager.net/t0ken#s3cr3t"]}', "s3cr3t"),
    "jwt": ('{"issuer":"https://jane:s3cr3t@id.net","audiences":["s3cr3t"]}', "s3cr3t"),
    "smtp": ('{"host":"mail.net","port":98765,"secretArn":"s3cr3t"}', "98765"),
    "traceSampling": ("98765", "98765"),
    "corsOrigins": ('["https://s3cr3t.net/"]', "s3cr3t"),
    "memory": ('{"orders":98765}', "98765"),
}


@pytest.mark.parametrize("key", _SECRETS)
def test_a_secret_is_never_shown(key: str) -> None:
    """A wrong value that was set with --secret is named, and not shown."""
    text, secret = _SECRETS[key]
    with pytest.raises(ConfigError) as caught:
        parse({"emailFrom": "orders@shop-orders.net", key: text}, secrets={key})
    assert secret not in str(caught.value)
    assert f":{key}" in str(caught.value)
    assert "[secret]" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "secret"),
    [
        (
            {"alerts": '{"webhooks":["https://pager.net/s3cr3t","https://pager.net/s3cr3t"]}'},
            "alerts",
        ),
        ({"corsOrigins": '["https://S3CR3T.net","https://s3cr3t.net"]'}, "corsOrigins"),
        ({"alerts": '{"webhooks":["https://s3cr3t.example.com/x"]}'}, "alerts"),
    ],
)
def test_a_secret_is_not_shown_by_rules_either(values: dict[str, str], secret: str) -> None:
    """What rules say of secret values does not hold them."""
    with pytest.raises(ConfigError) as caught:
        parse(
            {"emailFrom": "orders@shop-orders.net", **values},
            secrets={secret},
            placeholders_allowed=False,
        )
    assert "s3cr3t" not in str(caught.value).lower()
    assert secret in str(caught.value)


def test_the_engine_says_what_is_secret() -> None:
    """In a running program, values that the engine marks as secret are not shown."""
    configured = settings(_FILE, logLevel="s3cr3t")

    def run() -> None:
        pulumi.runtime.set_all_config(configured.config, [f"{_PROJECT}:logLevel"])
        config.load()

    with pytest.raises(ConfigError, match=r"logLevel' in .* is \[secret\], which is not allowed"):
        program.run_function(Cloud("us-east-1", computes=True), configured, run)


def _yaml(path: str, *values: str) -> str:
    """A stack's file that sets a key at a path once for each value."""
    *outer, last = path.split(".")
    lines = ["config:"]
    indent = "  "
    for name in outer:
        lines.append(f"{indent}{name}:")
        indent += "  "
    lines += [f"{indent}{last}: {value}" for value in values]
    return "\n".join(lines)


@pytest.mark.parametrize(("key", "_field"), _KEYS)
def test_a_repeated_key_is_refused(key: str, _field: FieldInfo) -> None:
    """A key that the file sets twice, inside objects too, is reported with values and lines."""
    (sentence,) = duplicates(_yaml(key, "1", "2"), source="Pulumi.dev.yaml", project="shop")
    assert sentence.startswith(
        f"Configuration key 'shop:{key}' is set more than once in Pulumi.dev.yaml: 1 and 2"
    )
    assert sentence.endswith("; keep one.")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("config:\n  a: 1\n  shop:a: 2\n", ["'shop:a'", "1 and 2", "lines 2 and 3"]),
        (
            "config:\n  aws:region: us-east-1\n  aws:region: eu-west-1\n",
            ["'aws:region'", "us-east-1 and eu-west-1"],
        ),
        ("config: {a: 1}\nconfig: {a: 2}\n", ["'config'", "an object and an object"]),
        (
            "config:\n  a: {secure: AAAB}\n  a: {secure: CCCD}\n",
            ["'shop:a'", "[secret] and [secret]"],
        ),
        ("config:\n  a:\n    - {b: 1, b: 2}\n", ["'shop:a.0.b'", "1 and 2"]),
        (
            "config:\n  a: 1\n  a: [2]\n  a: 3\n",
            ["'shop:a'", "1 and a list and 3", "lines 2 and 3 and 4"],
        ),
        ("config:\n  'a': 1\n  \"a\": 2\n", ["'shop:a'"]),
    ],
)
def test_repetitions_are_found_however_they_are_written(text: str, named: list[str]) -> None:
    """The namespace, quotes and lists make no difference; encrypted values are not shown."""
    (sentence,) = duplicates(text, source="Pulumi.dev.yaml", project="shop")
    assert all(each in sentence for each in named), sentence
    assert "AAAB" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "config: {}",
        "config:\n  a: {x: 1}\n  b: {x: 1}\n",
        "config:\n  a: 1\n  other:a: 2\n",
        "config:\n  a: &same {x: 1}\n  b: *same\n  c: {<<: *same, y: 2}\n",
        "a: &loop [*loop]",
        "- 1\n- 1\n",
    ],
)
def test_what_only_looks_repeated_is_accepted(text: str) -> None:
    """The same name in two objects, in two namespaces, or by an alias is not a repetition."""
    assert list(duplicates(text, source="Pulumi.dev.yaml", project="shop")) == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nconfig:\n  retries: {type: integer, default: 3}\n"
    )
    return tmp_path


def test_the_program_refuses_a_repeated_key(root: Path) -> None:
    """The program reads the stack's file beside `Pulumi.yaml`, and refuses a repeated key."""
    (root / "Pulumi.dev.yaml").write_text("config:\n  logLevel: INFO\n  shop:logLevel: DEBUG\n")
    with pytest.raises(
        ConfigError,
        match=r"'shop:logLevel' is set more than once in Pulumi\.dev\.yaml: INFO and DEBUG",
    ):
        _load_in(root)


def test_a_file_that_is_elsewhere_is_no_error(root: Path) -> None:
    """Without the stack's file, as with `--config-file`, the program runs."""
    assert _load_in(root).log_level == "INFO"


def _load_in(root: Path) -> StackConfig:
    """The configuration of a program whose project is in a folder."""
    loaded: list[StackConfig] = []

    def run() -> None:
        pulumi.runtime.settings.SETTINGS.root_directory = str(root)
        loaded.append(config.load())

    values = {"shop:emailFrom": "orders@shop-orders.net", "shop:logLevel": "INFO"}
    stackfile = StackFile(project="shop", stack="dev", config=values, root=root)
    program.run_function(Cloud("us-east-1", computes=True), stackfile, run)
    return loaded[0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (
            "config: {retries: many}",
            ["'shop:retries'", "'integer'", "Pulumi.dev.yaml", '"many" (a string)'],
        ),
        (
            "config: {retries: [1]}",
            ["'shop:retries'", "'integer'", "Pulumi.dev.yaml", "[1] (a list)"],
        ),
        ("config: {retries: {secure: AAAB}}", ["'shop:retries'", "Pulumi.dev.yaml", "[secret]"]),
        (
            "config: {retries: 1, retries: 2}",
            ["'shop:retries'", "more than once", "Pulumi.dev.yaml", "1 and 2"],
        ),
        ("config: {a: {b: 1, b: 2}}", ["'shop:a.b'", "more than once", "Pulumi.dev.yaml"]),
    ],
)
def test_the_local_reader_says_the_same(root: Path, text: str, named: list[str]) -> None:
    """`python -m local` and `python -m openapi` name the file, the key and the value as well."""
    (root / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        load("dev", root)
    assert all(each in str(caught.value) for each in named), str(caught.value)
    assert "AAAB" not in str(caught.value)


def test_a_secret_inside_an_object_is_not_read_as_text(root: Path) -> None:
    """What is encrypted inside of an object or a list has a stand-in, as a whole value has."""
    (root / "Pulumi.dev.yaml").write_text(
        "config:\n  a: {b: {secure: AAAB}}\n  c: [{secure: AAAB}]\n"
    )
    values = load("dev", root).config
    assert (values["shop:a"], values["shop:c"]) == ('{"b":"[secret]"}', '["[secret]"]')
