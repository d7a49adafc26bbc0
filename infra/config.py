"""The stack's configuration: every key, its type, its default, and what it may be."""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


def _matching(pattern: str, meaning: str) -> AfterValidator:
    """Return a check of a text whose failure says in words what the text should be."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise PydanticCustomError("text", "Input should be {meaning}", {"meaning": meaning})
        return text

    return AfterValidator(check)


def _one_of(*numbers: int) -> AfterValidator:
    def check(number: int) -> int:
        if number not in numbers:
            every = ", ".join(map(str, numbers))
            raise PydanticCustomError("number", "Input should be one of {every}", {"every": every})
        return number

    return AfterValidator(check)


EmailAddress = Annotated[
    str, _matching(r"[^@\s<>*]+@[^@\s<>*]+\.[^@\s<>*]+", "an e-mail address alone, such as orders@example.com")
]
PhoneNumber = Annotated[str, _matching(r"\+[1-9][0-9]{6,14}", "a phone number such as +15550100")]
HttpsUrl = Annotated[str, _matching(r"https://[^\s/]+(/\S*)?", "a URL that starts with https://")]
HostName = Annotated[str, _matching(r"([A-Za-z0-9][A-Za-z0-9.-]*)?", "a host name such as smtp.example.com")]
Origin = Annotated[
    str, _matching(r"\*|https?://[^\s/*,]+", "an origin without a path, such as https://shop.example.com, or *")
]
SecretArn = Annotated[
    str, _matching(r"(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\S+)?", "the ARN of a secret")
]

# What CloudWatch Logs accepts: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Annotated[
    int,
    _one_of(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
]

# A hundred years; dates beyond the year 9999 do not exist in Python.
_LONGEST_RETENTION_DAYS: Final = 36_500

# What an event source mapping takes as its maximum concurrency, which follows the reserved one.
# https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
_LEAST_CONSUMER_CONCURRENCY: Final = 2
_MOST_CONSUMER_CONCURRENCY: Final = 1000

# A role's and a function's name have 64 characters at most; 25 are left for what a function is called.
_LONGEST_PREFIX: Final = 64 - 25


class ConfigError(pulumi.RunError):
    """The stack's configuration is wrong; says which key, which value, and what is allowed."""


class ReservedConcurrency(BaseModel):
    """How many executions of each function may run at once; an absent one takes from the account's pool."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, frozen=True, extra="forbid")

    orders: int | None = Field(default=None, ge=1)
    relay: int | None = Field(default=None, ge=1)
    email: int | None = Field(default=None, ge=_LEAST_CONSUMER_CONCURRENCY, le=_MOST_CONSUMER_CONCURRENCY)
    audit: int | None = Field(default=None, ge=_LEAST_CONSUMER_CONCURRENCY, le=_MOST_CONSUMER_CONCURRENCY)


class StackConfig(BaseModel):
    """Every configuration key, in the camelCase that `pulumi config set` takes; `Pulumi.yaml` describes them."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, strict=True, frozen=True, extra="forbid")

    email_from: EmailAddress
    email_transport: Literal["ses", "smtp"] = "ses"
    smtp_host: HostName = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_secret_arn: SecretArn = ""
    cors_origins: list[Origin] = Field(default=["*"])
    throttling_rate_limit: int = Field(default=1000, ge=1)
    throttling_burst_limit: int = Field(default=2000, ge=1)
    order_retention_days: int = Field(default=90, ge=1, le=_LONGEST_RETENTION_DAYS)
    deletion_protection: bool = False
    reserved_concurrency: ReservedConcurrency = ReservedConcurrency()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_retention_days: RetentionDays = 7
    alert_emails: list[EmailAddress] = Field(default=[])
    alert_phone_numbers: list[PhoneNumber] = Field(default=[])
    alert_webhooks: list[HttpsUrl] = Field(default=[])
    bundle_dependencies: bool = True

    @model_validator(mode="after")
    def _smtp_is_complete(self) -> Self:
        given = {"smtpHost": self.smtp_host, "smtpSecretArn": self.smtp_secret_arn}
        if self.email_transport == "smtp" and (missing := [key for key, value in given.items() if not value]):
            raise ValueError(f"emailTransport is 'smtp', which needs {' and '.join(missing)} as well")
        if self.email_transport == "ses" and (extra := [key for key, value in given.items() if value]):
            raise ValueError(f"{' and '.join(extra)} has no use while emailTransport is 'ses'; set it to 'smtp'")
        return self

    @model_validator(mode="after")
    def _receivers_are_named_once(self) -> Self:
        receivers = {
            "alertEmails": self.alert_emails,
            "alertPhoneNumbers": self.alert_phone_numbers,
            "alertWebhooks": self.alert_webhooks,
        }
        for key, endpoints in receivers.items():
            if twice := sorted({endpoint for endpoint in endpoints if endpoints.count(endpoint) > 1}):
                raise ValueError(f"{key} holds {' and '.join(twice)} more than once; name each receiver once")
        return self

    @model_validator(mode="after")
    def _one_origin_rule(self) -> Self:
        if "*" in self.cors_origins and len(self.cors_origins) > 1:
            raise ValueError("corsOrigins holds '*' beside other origins; keep '*' alone, or the others")
        return self

    @classmethod
    def load(cls) -> Self:
        """Return the running stack's configuration.

        Raises:
            ConfigError: a key is unknown, a value is not allowed, two values disagree, or AWS would refuse the names.
        """
        _check_names()
        return cls.parse(_stack_values())

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Self:
        """Return the configuration that keys, without namespace, and their texts make up.

        Raises:
            ConfigError: as `load` says, without the names.
        """
        try:
            return cls.model_validate({key: _value(text) for key, text in values.items()})
        except ValidationError as error:
            sentences = [_sentence(entry) for entry in error.errors(include_url=False)]
            raise ConfigError("\n".join(sentences)) from None

    @classmethod
    def keys(cls) -> list[str]:
        """Return the names of all keys, as `pulumi config set` takes them."""
        return [str(field.alias) for field in cls.model_fields.values()]


def _stack_values() -> dict[str, str]:
    """Return every value of the project's namespace, known or not; pulumi.Config only gives those one asks for."""
    namespace = f"{pulumi.get_project()}:"
    every = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    return {key.removeprefix(namespace): value for key, value in every.items() if key.startswith(namespace)}


def _value(text: str) -> Any:
    """Read a value as the engine hands it over: numbers, booleans and structures as JSON, the rest as text."""
    looks_like_json = re.match(r"[\[{]|(true|false|-?\d+)$", text)
    try:
        return json.loads(text) if looks_like_json else text
    except (ValueError, RecursionError):
        return text


def _check_names() -> None:
    prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
    if len(prefix) > _LONGEST_PREFIX:
        raise ConfigError(
            f"The names of project and stack make '{prefix}', {len(prefix)} characters; "
            f"at most {_LONGEST_PREFIX} are allowed, because AWS limits a function's name to 64."
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]+", prefix):
        raise ConfigError(
            f"The names of project and stack make '{prefix}'; only letters, digits, '-' and '_' are allowed, "
            "because AWS takes no others in a function's name."
        )


def _sentence(entry: Mapping[str, Any]) -> str:
    path = ".".join(map(str, entry["loc"]))
    if not path:
        return f"Configuration: {entry['msg'].removeprefix('Value error, ')}."
    key = f"{pulumi.get_project()}:{path}"
    if entry["type"] == "missing":
        return f"Configuration key '{key}' is missing; set it with: pulumi config set {path} <value>."
    if entry["type"] == "extra_forbidden":
        return f"Configuration key '{key}' does not exist; {_suggestion(*entry['loc'])}."
    return f"Configuration key '{key}' is {json.dumps(entry['input'])}, which is not allowed: {entry['msg']}."


def _suggestion(*path: str) -> str:
    """Say which key was meant: of the stack's, or inside the one that is an object."""
    known = StackConfig.keys() if len(path) == 1 else list(ReservedConcurrency.model_fields)
    close = difflib.get_close_matches(path[-1], known, n=1)
    return f"did you mean '{close[0]}'" if close else f"the keys are {', '.join(known)}"
