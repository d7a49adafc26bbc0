"""Endpoints: what every function behind API Gateway does around its operation.

Parsing the proxy event, CORS preflight, error responses, logs and metrics.
"""

import itertools
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from handlers.common import observability
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

    component: str
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
            component=component,
            logger=observability.logger(component),
            metrics=observability.metrics(component),
            cors=Cors.parse(os.environ["CORS_ORIGINS"]),
            failure_metric=failure_metric,
            failure_message=failure_message,
        )

    def handle(
        self, event: Mapping[str, Any], operation: Callable[[HttpRequest], Response]
    ) -> dict[str, Any]:
        """Return the response to a proxy event, in payload format 1.0 or 2.0."""
        request = HttpRequest.from_event(event)
        with self.logger.append_context_keys(
            requestId=request.request_id, correlationId=request.correlation_id
        ):
            result = self._respond(request, operation)
        headers = self.cors.headers(request.headers.get("origin"))
        return result.to_gateway(request_id=request.request_id, cors=headers)

    def _respond(
        self, request: HttpRequest, operation: Callable[[HttpRequest], Response]
    ) -> Response:
        try:
            return _without_operation(request) or operation(request)
        except Rejection as rejection:
            self._report(rejection)
            return response.rejected(rejection)
        except ForbiddenError as reason:
            self.logger.warning("Request forbidden", reason=str(reason))
            return response.forbidden()
        except ServiceUnavailableError:
            self.logger.exception("An AWS service is unavailable")
            self._count_failure()
            return response.unavailable()
        except Exception:
            self.logger.exception("Request could not be processed")
            self._count_failure()
            return response.failed(self.failure_message)
        finally:
            # Operations add these keys; the next request's lines must not have them.
            self.logger.remove_keys(["orderId", "customerId"])

    def _count_failure(self) -> None:
        self.metrics.add_metric(name=self.failure_metric, unit=MetricUnit.Count, value=1)

    def _report(self, rejection: Rejection) -> None:
        groups = Counter(
            (violation.metric_label, violation.message) for violation in rejection.violations
        )
        errors = [
            {"field": field, "message": message, "count": count}
            for (field, message), count in itertools.islice(groups.items(), _LOGGED_ERRORS)
        ]
        self.logger.warning(
            "Request rejected",
            status=rejection.status,
            reason=rejection.error,
            violations=rejection.total,
            errors=errors,
        )
        for field, count in _most_frequent(rejection.counts()).items():
            observability.put_metric(
                self.component, "ValidationErrors", count, MetricUnit.Count, field=field
            )


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
