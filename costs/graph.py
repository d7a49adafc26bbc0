"""A stack's resource graph: what its resources are to an order, and what they decide.

The values may be those of a deployed stack or references such as `<aws:sqs/queue:Queue name.arn>`
(tooling/graph_recorder.py). One that is not known yet counts as missing.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from costs import order_figures as figures
from costs.sizing import Sizing

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

_REFERENCE: Final = re.compile(r"<(?P<type>\S+) (?P<name>[^<>]+)\.\w+>")

_ALIAS: Final = "aws:lambda/alias:Alias"
_CONFIGURATION_SET: Final = "aws:sesv2/configurationSet:ConfigurationSet"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_FUNCTION: Final = "aws:lambda/function:Function"
_HTTP_API: Final = "aws:apigatewayv2/api:Api"
_HTTP_STAGE: Final = "aws:apigatewayv2/stage:Stage"
_LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_MAPPING: Final = "aws:lambda/eventSourceMapping:EventSourceMapping"
_PROVISIONED: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
_QUEUE: Final = "aws:sqs/queue:Queue"
_REST_API: Final = "aws:apigateway/restApi:RestApi"
_REST_STAGE: Final = "aws:apigateway/stage:Stage"
_SAMPLING_RULE: Final = "aws:xray/samplingRule:SamplingRule"
_SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"
_TABLE: Final = "aws:dynamodb/table:Table"
_TOPIC: Final = "aws:sns/topic:Topic"

# The service in an ARN, where it is not the module of the type.
_ARN_SERVICES: Final = {"cloudwatch": "logs"}

# AWS's defaults, for values that a stack does not set or that are not known yet.
_MEMORY_MB: Final = 128
_MOST_CONCURRENCY: Final = 1_000
_SAMPLED_BY_DEFAULT: Final = 5


def urn_name(urn: str) -> str:
    """Return the name of a resource in the program, the last part of its URN."""
    return urn.split("::", 3)[3]


class Resource(NamedTuple):
    """A resource of a stack: its Pulumi type, its name in the program, and its inputs."""

    type: str
    name: str
    inputs: Mapping[str, Any]

    def number(self, *path: str, default: float) -> float:
        """Return a number in the inputs; the default if it is missing or not known yet."""
        value = self._value(path)
        return value if isinstance(value, int | float) else default

    def text(self, *path: str) -> str:
        """Return a text in the inputs; an empty one if it is missing or not known yet."""
        value = self._value(path)
        return value if isinstance(value, str) else ""

    def _value(self, path: Iterable[str]) -> Any:
        value: Any = self.inputs
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value


class Graph:
    """The resources of a stack."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = [each for each in resources if not each.type.startswith("orders:")]
        self._by_identity = {(each.type, each.name): each for each in self.resources}

    @classmethod
    def recorded(cls, recorded: Mapping[str, Mapping[str, Any]]) -> Graph:
        """Return the graph of a recording: resources by URN."""
        return cls(
            Resource(each["type"], urn_name(urn), each["inputs"]) for urn, each in recorded.items()
        )

    def unknown_types(self, known: Container[str]) -> list[str]:
        """Return the types of resources that are not among those known."""
        return sorted({each.type for each in self.resources if each.type not in known})

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type."""
        return [each for each in self.resources if each.type == kind]

    def find(self, kind: str, value: object) -> Resource | None:
        """Return the resource of a type that a reference, an ARN or a name means."""
        if not isinstance(value, str):
            return None
        if reference := _REFERENCE.fullmatch(value):
            target = self._by_identity.get((reference["type"], reference["name"]))
            if target and target.type == _ALIAS and kind != _ALIAS:
                return self.find(kind, target.inputs.get("functionName"))
            return target if target and target.type == kind else None
        module = kind.removeprefix("aws:").partition("/")[0]
        service = _ARN_SERVICES.get(module, module)
        if value.startswith("arn:") and f":{service}:" not in value:
            return None
        names = {value, *value.split(":"), *re.split("[:/]", value)}
        matches = (each for each in self.of(kind) if each.inputs.get("name") in names)
        return next(matches, None)

    @cached_property
    def functions(self) -> Mapping[str, Resource]:
        """The Lambda functions by the names of their handlers' packages."""
        return {
            each.text("handler").removeprefix("handlers.").partition(".")[0]: each
            for each in self.of(_FUNCTION)
        }

    @cached_property
    def mappings(self) -> Mapping[str, Resource]:
        """The event source mappings by the names of their functions."""
        names = {function.name: name for name, function in self.functions.items()}
        found = (
            (self.find(_FUNCTION, each.inputs.get("functionName")), each)
            for each in self.of(_MAPPING)
        )
        return {names[function.name]: each for function, each in found if function}

    def sizing(self, rate: float) -> Sizing:
        """Return what the stack decides at a rate of orders a second."""
        relay = self.mappings.get("relay") or Resource(_MAPPING, "", {})
        queued = {name: each for name, each in self.mappings.items() if name in figures.BATCHES}
        return Sizing(
            rate=rate,
            gateway="rest" if self.of(_REST_API) else "http",
            ingestion="queued" if "intake" in self.functions else "direct",
            memory_mb={
                name: int(each.number("memorySize", default=_MEMORY_MB))
                for name, each in self.functions.items()
            },
            batches={
                name: (
                    int(each.number("batchSize", default=figures.BATCHES[name][0])),
                    each.number("maximumBatchingWindowInSeconds", default=0),
                )
                for name, each in queued.items()
            },
            maximum_concurrency={
                name: int(
                    each.number("scalingConfig", "maximumConcurrency", default=_MOST_CONCURRENCY)
                )
                for name, each in queued.items()
            },
            relay_batch_size=int(relay.number("batchSize", default=figures.RELAY_BATCH_SIZE)),
            parallelization_factor=int(relay.number("parallelizationFactor", default=1)),
            relay_window_seconds=int(relay.number("maximumBatchingWindowInSeconds", default=0)),
            trace_sampling=self._trace_sampling(),
            retention_days=self._days("ORDER_RETENTION_DAYS", 90),
            email_retention_days=self._days("SENT_EMAILS_RETENTION_DAYS", 120),
            provisioned=self._provisioned(),
            smtp=self._variable("EMAIL_TRANSPORT") == "smtp",
            storefront=bool(self.of(_DISTRIBUTION)),
        )

    def _trace_sampling(self) -> float:
        """Return the percentage of traces; 0 if no function that clients wait for has any."""
        traced = (self.functions[name] for name in figures.TRACED if name in self.functions)
        if not any(each.text("tracingConfig", "mode") == "Active" for each in traced):
            return 0
        rules = self.of(_SAMPLING_RULE)
        return 100 * rules[0].number("fixedRate", default=0.05) if rules else _SAMPLED_BY_DEFAULT

    def _provisioned(self) -> frozenset[str]:
        names = {function.name: name for name, function in self.functions.items()}
        found = (
            self.find(_FUNCTION, each.inputs.get("functionName")) for each in self.of(_PROVISIONED)
        )
        return frozenset(names[each.name] for each in found if each)

    def _variable(self, name: str) -> str:
        """Return an environment variable of any function."""
        texts = (each.text("environment", "variables", name) for each in self.functions.values())
        return next(filter(None, texts), "")

    def _days(self, name: str, default: int) -> int:
        text = self._variable(name)
        return int(text) if text.isdecimal() else default

    @cached_property
    def order_resources(self) -> Mapping[str, Resource]:
        """The resources that an order uses, by what they are to it."""
        return {name: each for name, each in self._order_resources() if each}

    def _order_resources(self) -> Iterator[tuple[str, Resource | None]]:
        for name, function in self.functions.items():
            yield f"function {name}", function
            group = function.text("loggingConfig", "logGroup")
            yield f"log group {name}", self.find(_LOG_GROUP, group)
        for name, mapping in self.mappings.items():
            yield f"queue {name}", self.find(_QUEUE, mapping.inputs.get("eventSourceArn"))
        for write in figures.WRITES:
            tables = (
                each for each in self.of(_TABLE) if each.text("name").endswith(f"-{write.table}")
            )
            yield f"table {write.table}", next(tables, None)
        for subscription in self.of(_SUBSCRIPTION):
            if subscription.text("protocol") == "sqs":
                yield "topic", self.find(_TOPIC, subscription.inputs.get("topic"))
        for kind in (_HTTP_API, _REST_API):
            yield "API", next(iter(self.of(kind)), None)
        for kind in (_HTTP_STAGE, _REST_STAGE):
            for stage in self.of(kind):
                group = stage.text("accessLogSettings", "destinationArn")
                yield "access log", self.find(_LOG_GROUP, group)
        senders = self.of(_CONFIGURATION_SET)
        yield "emails", senders[0] if senders else self.functions.get("email")
