"""Saved Logs Insights queries."""

from typing import Final

# The most frequent validation errors, from the metric lines that the orders function logs for each field.
TOP_VALIDATION_ERRORS: Final = """\
filter ispresent(`ValidationErrors.0`)
| stats sum(`ValidationErrors.0`) as occurrences by field
| sort occurrences desc
| limit 20"""

# Everything that any function logged about one order; put its ID, or a request's or correlation's, in all three places.
ONE_ORDER: Final = """\
fields @timestamp, component, level, message, requestId, correlationId
| filter orderId = "PUT-THE-ID-HERE" or correlationId = "PUT-THE-ID-HERE" or requestId = "PUT-THE-ID-HERE"
| sort @timestamp asc
| limit 200"""
