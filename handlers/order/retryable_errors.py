"""Which faults of AWS are worth asking again after: all that are not the request's own."""

import contextlib
from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from handlers.validation.rejection import Unavailable

# What is answered to a call that would fail in the same way tomorrow. Everything else passes by itself (throttling,
# AWS's own failures) or is fixed (a permission, a table, a queue or a key that is missing), and no order is lost
# meanwhile if its client repeats the request.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_OF_THE_REQUEST: Final = frozenset(
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


@contextlib.contextmanager
def asking_to_come_again() -> Iterator[None]:
    """Raise `Unavailable` in place of a fault that is not the request's own; every other error stays what it is.

    Raises:
        Unavailable: AWS throttles, fails, does not answer in time, or does not let the function do its work.
    """
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _OF_THE_REQUEST:
            raise
        # guard: fault-of-a-dependency-is-a-503
        raise Unavailable from error
    except (ConnectionError, HTTPClientError) as error:  # no answer at all, in time
        raise Unavailable from error
