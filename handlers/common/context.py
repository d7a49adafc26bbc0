"""Lambda's context object, as far as the functions use it."""

from typing import Protocol


class LambdaContext(Protocol):
    """An invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    @property
    def aws_request_id(self) -> str:
        """The ID of the invocation, which Lambda's own log lines have as well."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""
