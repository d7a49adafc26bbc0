"""What clients can ask for."""

from enum import StrEnum


class Operation(StrEnum):
    """The operations, by their `operationId`."""

    SUBMIT = "submitOrder"
    READ = "readOrder"
    LIST = "listOrders"
