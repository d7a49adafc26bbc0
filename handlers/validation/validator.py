"""The validator of `POST /orders`: the model's core schema, without pydantic."""

from pydantic_core import SchemaValidator

from handlers.validation import schemas


def request_validator(contact: str) -> SchemaValidator:
    """Return the validator for the stack's configuration key `contact`.

    It validates a parsed body to a dict that has all fields of the model; None is absent.
    """
    return SchemaValidator(*schemas.REQUESTS[contact])
