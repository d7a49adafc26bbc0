"""Endpoints: what every function behind API Gateway does around its operation.

Parsing the proxy event, CORS preflight, error responses, logs and metrics.
"""

import itertools
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from handlers.common.logs import Logger
from handlers.common.metrics import Metrics
from handlers.common.retryable_errors import ServiceUnavailableError
from handlers.http import response
from handlers.http.callers import ForbiddenError
from handlers.http.cors import Cors
from handlers.http.rejection import Rejection
from handlers.http.request import NO_ROUTE, HttpRequest
from handlers.http.response import Response

# Limits of what one rejected request writes to the log: a line below 8 KB, and few metrics.
_LOGGED_ERRORS: Final = 20
_COUNTED_FIELDS: Final = 10
_OTHER_FIELDS: Final = "other"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The log, metrics and error responses of one function behind API Gateway."""

    logger: Logger
    metrics: Metrics
    cors: Cors
    failure_metric: str
    failure_message: str

    @classmethod
    def create(cls, component: str, *, failure_metric: str, failure_message: str) -> Self:
        """Return the endpoint of a component, with CORS as the function's environment says.

        `failure_metric` counts every 500 and 503; `failure_message` is the message of a 500.
        """
        return cls(
            logger=Logger(component),
            metrics=Metrics(component),
            cors=Cors.parse(os.environ["CORS_ORIGINS"]),
            failure_metric=failure_metric,
            failure_message=failure_message,
        )

    def handle(
        self, event: Mapping[str, Any], operation: Callable[[HttpRequest, Logger], Response]
    ) -> dict[str, Any]:
        """Return the response to a proxy event, in payload format 1.0 or 2.0.

        The operation gets the request's logger. It writes the line about a success; fields that it
        adds are in the line about a failure as well.
        """
        request = HttpRequest.from_event(event)
        result = self._respond(request, operation, self._bound_to_request(request))
        self.metrics.flush()
        headers = self.cors.headers(request.headers.get("origin"))
        return result.to_gateway(request_id=request.request_id, cors=headers)

    def _bound_to_request(self, request: HttpRequest) -> Logger:
        """Return the request's logger; a request without a correlation ID has its own as such."""
        logger = self.logger.bind(requestId=request.request_id)
        if request.correlation_id != request.request_id:
            logger.add(correlationId=request.correlation_id)
        return logger

    def _respond(
        self,
        request: HttpRequest,
        operation: Callable[[HttpRequest, Logger], Response],
        logger: Logger,
    ) -> Response:
        try:
            return _without_operation(request) or operation(request, logger)
        except Rejection as rejection:
            self._report(rejection, logger)
            return response.rejected(rejection)
        except ForbiddenError as reason:
            logger.warning("Request forbidden", reason=str(reason))
            return response.forbidden()
        except ServiceUnavailableError:
            logger.exception("An AWS service is unavailable")
            self.metrics.add(self.failure_metric)
            return response.unavailable()
        except Exception:
            logger.exception("Request could not be processed")
            self.metrics.add(self.failure_metric)
            return response.failed(self.failure_message)

    def _report(self, rejection: Rejection, logger: Logger) -> None:
        groups = Counter(
            (violation.metric_label, violation.message) for violation in rejection.violations
        )
        errors = [
            {"field": field, "message": message, "count": count}
            for (field, message), count in itertools.islice(groups.items(), _LOGGED_ERRORS)
        ]
        logger.warning(
            "Request rejected",
            status=rejection.status,
            reason=rejection.error,
            violations=rejection.total,
            errors=errors,
        )
        for field, count in _most_frequent(rejection.counts()).items():
            self.metrics.add("ValidationErrors", count, field=field)


def _without_operation(request: HttpRequest) -> Response | None:
    """Return the response to a CORS preflight, for any path, or to a request without a route."""
    if request.method == "OPTIONS":
        return response.preflight()
    return response.not_found() if request.route == NO_ROUTE else None


def _most_frequent(counts: Counter[str]) -> Mapping[str, int]:
    """Return the counts of the most frequent fields, and of all others together."""
    if len(counts) <= _COUNTED_FIELDS:
        return counts
    named = dict(counts.most_common(_COUNTED_FIELDS - 1))
    return {**named, _OTHER_FIELDS: counts.total() - sum(named.values())}
