"""JSON schemas of response bodies.

The functions build plain objects, because models would slow down cold starts.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from handlers.http.rejection import MAX_ERRORS
from handlers.validation.fields import COMPONENT
from handlers.validation.model import AnonymousOrderRequest, OrderItem
from openapi.request_schemas import REFERENCE, JsonSchema

RequestId = Annotated[str, Field(min_length=1, description="Same as `X-Request-Id`.")]
OrderId = Annotated[str, Field(min_length=1, max_length=128, description="Immutable order ID.")]
CreatedAt = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
        description="Time of acceptance (ISO 8601).",
    ),
]
Status = Annotated[
    Literal["PROCESSING"],
    Field(
        description="Processing status. It never changes, so do not poll: the confirmation email "
        "confirms that the order was received."
    ),
]
Amount = Annotated[Decimal, Field(gt=0)]
TotalAmount = Annotated[Amount, Field(description="Exact sum of quantity x price.")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code.")]
Text = Annotated[str, Field(min_length=1)]


class _Body(BaseModel):
    # Responses have no other fields than the documented ones.
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, extra="forbid")


class Accepted(_Body):
    """The order is stored and will be processed."""

    order_id: OrderId
    message: Text
    created_at: CreatedAt
    status: Status
    total_amount: TotalAmount
    currency: Currency
    request_id: RequestId


class Queued(Accepted):
    """The order is queued and will be stored."""

    message_id: Annotated[str, Field(min_length=1, description="SQS message ID of the order.")]


def _body(name: str, doc: str, request: type[BaseModel], **own: Any) -> type[BaseModel]:
    """Return a model of stored data: the optional fields of a request's model, and its own."""
    optional = {field: (_nullable(info), None) for field, info in request.model_fields.items()}
    fields: dict[str, Any] = {**optional, **own}
    return create_model(name, __base__=_Body, __doc__=doc, **fields)


def _nullable(field: FieldInfo) -> Any:
    """Return the type of a field with its constraints and description, or None."""
    annotation: Any = field.annotation
    for metadata in (*field.metadata, Field(description=field.description)):
        annotation = Annotated[annotation, metadata]
    return annotation | None


StoredItem = _body(
    "StoredItem",
    "One line of a stored order.",
    OrderItem,
    product_id=Text,
    quantity=Annotated[int, Field(ge=1)],
    price=Annotated[Amount, Field(description="Unit price.")],
    subtotal=Annotated[Amount, Field(description="Exact product of quantity and price.")],
)
_STORED: Final[dict[str, Any]] = {
    "order_id": OrderId,
    # `StoredItem` is created at run time.
    "items": Annotated[list[StoredItem], Field(min_length=1)],  # type: ignore[valid-type]
    "total_amount": TotalAmount,
    "currency": Currency,
    "status": Status,
    "created_at": CreatedAt,
}
_DOC: Final = "An order as it was accepted, without the fields that the client omitted."
ListedOrder = _body("ListedOrder", _DOC, AnonymousOrderRequest, **_STORED)
StoredOrder = _body("StoredOrder", _DOC, AnonymousOrderRequest, **_STORED, request_id=RequestId)


class OrderPage(_Body):
    """A page of a customer's orders, newest first."""

    orders: list[ListedOrder]  # type: ignore[valid-type] # created at run time
    next_token: Annotated[
        Text | None, Field(description="Pagination token; absent on the last page.")
    ] = None
    request_id: RequestId


class Violation(_Body):
    """A violated rule."""

    field: Annotated[str, Field(description="Path of the field, such as `items[0].quantity`.")]
    message: Text


class Refused(_Body):
    """Validation failed: all violations, or the first 100 and the number of others."""

    error: Text
    errors: Annotated[list[Violation], Field(min_length=1, max_length=MAX_ERRORS + 1)]
    request_id: RequestId


class Error(_Body):
    """The request failed."""

    error: Text
    message: Text
    request_id: RequestId


class GatewayMessage(BaseModel):
    """A message of API Gateway that cannot be configured."""

    message: Text


def schemas(models: Iterable[type[BaseModel]]) -> dict[str, JsonSchemaValue]:
    """Return the schemas of bodies and of their components, by name."""
    _, schema = models_json_schema(
        [(model, "validation") for model in models],
        ref_template=REFERENCE,
        schema_generator=_ResponseSchema,
    )
    definitions: dict[str, JsonSchemaValue] = schema["$defs"]
    return definitions


class _ResponseSchema(JsonSchema):
    """A response omits absent fields; it never contains null."""

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        """Leave out the components of requests: responses are not validated."""
        inner = super().generate_inner(schema)
        inner.pop(COMPONENT, None)
        return inner

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return the schema of the value that is not null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave out the default, which stands for an absent field."""
        return self.generate_inner(schema["schema"])
