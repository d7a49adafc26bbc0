"""The sample order that the demo, the load test and the OpenAPI documents send."""

from typing import Any, Final

SAMPLE_ORDER: Final[dict[str, Any]] = {
    "customerId": "CUST-12345",
    "customerName": "John Doe",
    "customerEmail": "john.doe@example.com",
    "items": [
        {"productId": "PROD-001", "productName": "Widget A", "quantity": 2, "price": 29.99},
        {"productId": "PROD-002", "productName": "Widget B", "quantity": 1, "price": 49.99},
    ],
}
