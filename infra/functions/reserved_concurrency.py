"""Reserved concurrency: what a stack takes from the account's limit, reported before the first resource."""

from collections.abc import Mapping
from typing import Final

import pulumi

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
UNRESERVED: Final = 100

_COMMAND: Final = "aws lambda get-account-settings --query AccountLimit"


def report_reservations(reserved: Mapping[str, object]) -> None:
    """Log how many executions the functions reserve, by package, and the command that shows whether they exist.

    The AWS provider has no data source for what is left: it knows the limit, and not what others have reserved. Lambda
    refuses a reservation that the account cannot give in the middle of an update.
    """
    numbers = {name: number for name, number in reserved.items() if isinstance(number, int)}
    if not numbers:
        return
    total = sum(numbers.values())
    parts = ", ".join(f"{name} {number}" for name, number in numbers.items())
    pulumi.log.info(
        f"This stack reserves {total} concurrent executions ({parts}). AWS keeps {UNRESERVED} unreserved, so "
        f"the account needs a limit of at least {total + UNRESERVED} in this region, and more where other functions "
        f"reserve some. Compare: {_COMMAND}"
    )
