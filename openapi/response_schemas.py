"""The bodies of answers. The functions write them as plain objects, since models would cost time at cold starts."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from handlers.http.rejection import MAX_ERRORS
from handlers.validation.model import AnonymousOrderRequest, OrderItem
from openapi.request_body import REFERENCE

RequestId = Annotated[
    str, Field(min_length=1, description="Finds the request in the logs; `X-Request-Id` as well.")
]
OrderId = Annotated[
    str, Field(min_length=1, max_length=128, description="The order's ID, for ever.")
]
CreatedAt = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
        description="When the order was accepted (ISO 8601).",
    ),
]
Status = Annotated[
    Literal["PROCESSING"],
    Field(
        description="`PROCESSING`: the order was accepted and handed to the workflows. It never changes, so there is "
        "nothing to poll for: the confirmation email says that the order was received."
    ),
]
Amount = Annotated[Decimal, Field(gt=0)]
TotalAmount = Annotated[Amount, Field(description="The sum of quantity x price, exactly.")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")]
Text = Annotated[str, Field(min_length=1)]


class _Body(BaseModel):
    # What the document does not know is not answered: a field more is a line more in here.
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, extra="forbid")


class Accepted(_Body):
    """The order is stored; everything else follows by itself."""

    order_id: OrderId
    message: Text
    created_at: CreatedAt
    status: Status
    total_amount: TotalAmount
    currency: Currency
    request_id: RequestId


class Queued(Accepted):
    """The order is in the queue, and will be stored."""

    message_id: Annotated[str, Field(min_length=1, description="The queue's name for the order.")]


def _body(name: str, doc: str, request: type[BaseModel], **own: Any) -> type[BaseModel]:
    """Return a model of stored data: the fields of a request's model, some in words of their own, and further ones.

    What the client sent is there as it was sent, and nothing of it is required.
    """
    sent = {field: (_kind(info), None) for field, info in request.model_fields.items()}
    fields: dict[str, Any] = {**sent, **own}
    return create_model(name, __base__=_Body, __doc__=doc, **fields)


def _kind(field: FieldInfo) -> Any:
    """Return the type of a field with its rules, and null for what is absent."""
    kind: Any = field.annotation
    for rule in (*field.metadata, Field(description=field.description)):
        kind = Annotated[kind, rule]
    return kind | None


StoredItem = _body(
    "StoredItem",
    "One line of a stored order.",
    OrderItem,
    product_id=Text,
    quantity=Annotated[int, Field(ge=1)],
    price=Annotated[Amount, Field(description="Of one piece.")],
    subtotal=Annotated[Amount, Field(description="Quantity x price, exactly.")],
)
_STORED: Final[dict[str, Any]] = {
    "order_id": OrderId,
    "items": Annotated[list[StoredItem], Field(min_length=1)],  # type: ignore[valid-type] # it is, once it is made
    "total_amount": TotalAmount,
    "currency": Currency,
    "status": Status,
    "created_at": CreatedAt,
}
_DOC: Final = "An order as it was accepted. What the client did not send is not there."
ListedOrder = _body("ListedOrder", _DOC, AnonymousOrderRequest, **_STORED)
StoredOrder = _body("StoredOrder", _DOC, AnonymousOrderRequest, **_STORED, request_id=RequestId)


class OrderPage(_Body):
    """Some of a customer's orders, newest first."""

    orders: list[ListedOrder]  # type: ignore[valid-type] # as above
    next_token: Annotated[
        Text | None, Field(description="Where the next page begins; absent on the last.")
    ] = None
    request_id: RequestId


class Violation(_Body):
    """One broken rule."""

    field: Annotated[str, Field(description="As the client wrote it, such as `items[0].quantity`.")]
    message: Text


class Refused(_Body):
    """The request breaks rules: all of them at once, or the first 100 and one entry that says how many more."""

    error: Text
    errors: Annotated[list[Violation], Field(min_length=1, max_length=MAX_ERRORS + 1)]
    request_id: RequestId


class Error(_Body):
    """The request was not answered as it was meant."""

    error: Text
    message: Text
    request_id: RequestId


class GatewayMessage(BaseModel):
    """What AWS says by itself, and does not let anybody change."""

    message: Text


def schemas(models: Iterable[type[BaseModel]]) -> dict[str, JsonSchemaValue]:
    """Return the schemas of bodies and of their parts, by their names."""
    _, found = models_json_schema(
        [(model, "validation") for model in models],
        ref_template=REFERENCE,
        schema_generator=_AnswerSchema,
    )
    definitions: dict[str, JsonSchemaValue] = found["$defs"]
    return definitions


class _AnswerSchema(GenerateJsonSchema):
    """As pydantic's, in the terms of JSON: amounts are numbers, and what is absent is left out and never null."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Say a number, and its limits."""
        found: JsonSchemaValue = {"type": "number"}
        self.update_with_validations(found, schema, self.ValidationsMapping.numeric)
        return found

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Say what it is where it is there."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave defaults out: they stand for what is absent."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's
        """Add no titles: fields have names."""
        return False
