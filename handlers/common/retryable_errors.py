"""Retryable errors of AWS: every error that the request itself did not cause."""

import contextlib
from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

# Errors that the same request would cause again. All others pass by themselves (throttling,
# failures of AWS) or are fixed (a missing permission, table, queue or key), and no order is lost
# meanwhile if its client repeats the request.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NOT_RETRYABLE: Final = frozenset(
    {
        # DynamoDB
        "ConditionalCheckFailedException",
        "SerializationException",
        "ValidationException",
        # SQS
        "InvalidMessageContents",
        "InvalidParameterValue",
        "MissingParameter",
    }
)


class ServiceUnavailableError(Exception):
    """An AWS service is unavailable; the same request may succeed later."""


@contextlib.contextmanager
def translate_retryable_errors() -> Iterator[None]:
    """Raise `ServiceUnavailableError` from a retryable error; other errors pass unchanged.

    Raises:
        ServiceUnavailableError: AWS throttles, fails, times out, or denies access.
    """
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_RETRYABLE:
            raise
        # guard: fault-of-a-dependency-is-a-503
        raise ServiceUnavailableError from error
    except (ConnectionError, HTTPClientError) as error:  # no response in time
        raise ServiceUnavailableError from error
