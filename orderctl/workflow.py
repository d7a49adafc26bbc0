"""Pauses and resumes workflows: disables and enables their event source mappings.

While a mapping is disabled, messages wait in the queue, and stream records in the stream.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers.common.contract import QUEUE_RETENTION
from orderctl.cli_support import WRONG_USAGE
from orderctl.relay import RELAY
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderctl.cli_support import Progress
    from orderctl.stack import Stack

ENABLED: Final = "enabled"
PAUSED: Final = "paused"

# Other states, such as `Updating`, are shown in lower case.
_STATES: Final = {
    "Enabled": ENABLED,
    "Enabling": "resuming",
    "Disabled": PAUSED,
    "Disabling": "pausing",
}
_PAUSE_SECONDS: Final = 2
# AWS takes a minute at most; the last state is shown after five.
_MAX_PAUSES: Final = 150
_STREAM_RETENTION: Final = "24 hours"


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A workflow after it was paused or resumed; `changed` is False where it already was."""

    workflow: str
    state: str
    changed: bool

    @property
    def consequence(self) -> str:
        """How long what waits is kept."""
        if self.workflow == RELAY:
            return f"orders wait in the stream, which keeps them for {_STREAM_RETENTION}"
        return f"messages wait in the queue, which keeps them for {QUEUE_RETENTION.days} days"


def states(stack: Stack) -> dict[str, str]:
    """Return the state of each workflow by name: the queues, and the relay."""
    return {name: _state(_mapping(stack, name)) for name in _names(stack)}


def set_enabled(
    stack: Stack,
    name: str,
    *,
    enabled: bool,
    progress: Progress = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Transition:
    """Resume or pause a workflow: enable or disable its mapping, and wait until it is.

    Raises:
        UserError: the stack has no such workflow, or the mapping does not change.
    """
    aws_lambda, target = stack.client("lambda"), ENABLED if enabled else PAUSED
    mapping, changed = _mapping(stack, name), False
    for _ in range(_MAX_PAUSES):
        if _state(mapping) == target:
            return Transition(workflow=name, state=target, changed=changed)
        # A mapping in between two states cannot be updated.
        if not changed and mapping["State"] in ("Enabled", "Disabled"):
            mapping = aws_lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
            changed = True
        else:
            progress(_PAUSE_SECONDS)
            sleep(_PAUSE_SECONDS)
            mapping = aws_lambda.get_event_source_mapping(UUID=mapping["UUID"])
    raise UserError(
        f"The event source mapping of {name} is still in the state {mapping['State']}; "
        "run the same command again to wait for it."
    )


def _names(stack: Stack) -> list[str]:
    return [*sorted(stack.outputs.workflows), RELAY]


def _state(mapping: Mapping[str, Any]) -> str:
    state = str(mapping["State"])
    return _STATES.get(state, state.lower())


def _mapping(stack: Stack, name: str) -> Mapping[str, Any]:
    """Return the mapping from a workflow's queue, or the orders table's stream, to its function."""
    names = _names(stack)
    if name not in names:
        raise UserError(
            f"Unknown workflow '{name}'; must be one of: {', '.join(names)}.",
            exit_code=WRONG_USAGE,
        )
    outputs = stack.outputs
    if name == RELAY:
        source, function = outputs.orders_stream_arn, outputs.function_names.relay
    else:
        source, function = _queue_arn(stack, outputs.queue_urls[name]), outputs.workflows[name]
    pages = stack.client("lambda").get_paginator("list_event_source_mappings")
    for page in pages.paginate(EventSourceArn=source):
        for mapping in page["EventSourceMappings"]:
            if mapping["FunctionArn"].split(":")[6] == function:
                result: Mapping[str, Any] = mapping
                return result
    raise UserError(f"The function {function} has no event source mapping for {source}.")


def _queue_arn(stack: Stack, url: str) -> str:
    response = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(response["Attributes"]["QueueArn"])
