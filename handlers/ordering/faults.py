"""Which faults of AWS pass by themselves, so that it is worth asking again."""

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from handlers.ordering.rejection import Unavailable

# What is answered, beside every 5xx, when the same call may succeed later. No code means two things.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_PASSING: Final = frozenset(
    {
        # DynamoDB
        "ItemCollectionSizeLimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        # SQS; the last two are one, after and before botocore translates it into the older protocol's words
        "RequestThrottled",
        "KMS.ThrottlingException",
        "KmsThrottled",
    }
)


@contextlib.contextmanager
def asking_to_come_again() -> Iterator[None]:
    """Raise `Unavailable` in place of a fault that passes; every other error stays what it is.

    Raises:
        Unavailable: AWS throttles, fails on its own account, or does not answer in time.
    """
    try:
        yield
    except ClientError as error:
        if _passes(error):
            raise Unavailable from error
        raise
    except (ConnectionError, HTTPClientError) as error:  # no answer at all, in time
        raise Unavailable from error


def _passes(error: ClientError) -> bool:
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return code in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
