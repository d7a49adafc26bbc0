"""A deployed stack as the tool sees it: its outputs, and AWS clients that reach it and nothing else."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from orderctl.errors import WRONG_USAGE, OperatorError
from tooling.clients import Clients
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderctl.outputs import Outputs
    from tooling.clients import Client

_CALLS = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4}
)
# The relay may take its 60 seconds. Another try is decided upon by whoever asked (`relay.py`).
_INVOCATIONS = Config(
    connect_timeout=5, read_timeout=75, retries={"mode": "standard", "total_max_attempts": 1}
)

# Asks every server of a queue, which a call that does not wait does not; a local queue has but one.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
_LONG_POLLING_SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Outputs, and a client for each service; `wait_seconds` is how long a queue is asked before it counts as empty."""

    outputs: Outputs
    client: Callable[[str], Client]
    wait_seconds: int = 0

    def dead_letters(self, queue: str) -> str:
        """Return the URL of a dead-letter queue by the name of what it belongs to."""
        known = self.outputs.dead_letter_queue_urls
        if queue not in known:
            there = ", ".join(sorted(known))
            raise OperatorError(
                f"There are no dead letters of '{queue}'; there are {there}.", exit_code=WRONG_USAGE
            )
        return known[queue]


def connect(outputs: Outputs) -> Stack:
    """Return the stack that these outputs describe.

    A local one is reached at its own endpoint with its own credentials, whatever the user's AWS settings are; every
    other one with the user's credentials, which have to be those of its account.
    """
    if outputs.aws_endpoint_url is not None:
        return Stack(
            outputs=outputs, client=Clients(outputs.aws_endpoint_url, _local_key(outputs)).get
        )
    stack = Stack(outputs=outputs, client=_aws(outputs.region), wait_seconds=_LONG_POLLING_SECONDS)
    account = stack.client("sts").get_caller_identity()["Account"]
    if account != outputs.account_id:
        raise OperatorError(
            f"These credentials are for the account {account}, and the stack is in {outputs.account_id}."
        )
    return stack


def _local_key(outputs: Outputs) -> AccessKey:
    if outputs.aws_access_key_id is None or outputs.aws_secret_access_key is None:
        raise OperatorError(
            "A local stack's outputs need awsAccessKeyId and awsSecretAccessKey beside awsEndpointUrl."
        )
    return AccessKey(
        access_key_id=outputs.aws_access_key_id,
        secret_access_key=outputs.aws_secret_access_key.get_secret_value(),
    )


def _aws(region: str) -> Callable[[str], Client]:
    session = boto3.Session(region_name=region)
    # The stubs know one overload per service name, which a name in a variable matches none of.
    make: Callable[..., Any] = session.client
    return functools.cache(
        lambda service: make(
            service, config=_INVOCATIONS if service == "lambda" else _CALLS
        )  # one of each is enough
    )
