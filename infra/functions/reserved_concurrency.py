"""Reserved concurrency: what a stack takes from the account's limit."""

from collections.abc import Mapping
from typing import Final

import pulumi

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
UNRESERVED: Final = 100

_COMMAND: Final = "aws lambda get-account-settings --query AccountLimit"


def report_reservations(reserved: Mapping[str, int]) -> None:
    """Log the reserved concurrency by function, and the command that shows the account's limit.

    Lambda refuses a reservation above the limit in the middle of an update. The AWS provider has no
    data source for the concurrency that is still unreserved.
    """
    if not reserved:
        return
    total = sum(reserved.values())
    parts = ", ".join(f"{name} {number}" for name, number in reserved.items())
    pulumi.log.info(
        f"This stack reserves {total} concurrent executions ({parts}). AWS keeps {UNRESERVED} "
        f"unreserved, so the account needs a limit of at least {total + UNRESERVED} in this "
        f"region, and more where other functions reserve some. Compare: {_COMMAND}"
    )
