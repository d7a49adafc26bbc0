"""The frame of every function behind the API: from the gateway's event to an answer, whatever happens in between."""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from handlers.common import observability
from handlers.http import response
from handlers.http.callers import Forbidden
from handlers.http.cors import Cors
from handlers.http.request import NO_ROUTE, HttpRequest
from handlers.http.response import Answer
from handlers.validation.rejection import Rejection, Unavailable

# Limits of what one refused request writes to the log: a line below 8 KB, and a few lines of metrics.
_LOGGED_ERRORS: Final = 20
_COUNTED_FIELDS: Final = 10
_OTHER_FIELDS: Final = "other"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What one function has at hand while it answers; `failure_metric` counts every 500 and 503."""

    component: str
    logger: Logger
    metrics: Metrics
    cors: Cors
    failure_metric: str
    task: str
    """What a request asks for, as in "Failed to process order"."""

    def serve(
        self, event: Mapping[str, Any], decide: Callable[[HttpRequest], Answer]
    ) -> dict[str, Any]:
        """Answer API Gateway's proxy event, in payload format 1.0 or 2.0."""
        request = HttpRequest.from_event(event)
        with self.logger.append_context_keys(
            requestId=request.request_id, correlationId=request.correlation_id
        ):
            given = self._decide(request, decide)
        headers = self.cors.headers(request.headers.get("origin"))
        return given.to_gateway(request_id=request.request_id, cors=headers)

    def _decide(self, request: HttpRequest, decide: Callable[[HttpRequest], Answer]) -> Answer:
        try:
            return _without_route(request) or decide(request)
        except Rejection as rejection:
            self._report(rejection)
            return response.rejected(rejection)
        except Forbidden as reason:
            self.logger.warning("Request forbidden", reason=str(reason))
            return response.forbidden()
        except Unavailable:
            self.logger.exception("A dependency is unavailable")
            self._count_failure()
            return response.unavailable()
        except Exception:
            self.logger.exception("Request could not be processed")
            self._count_failure()
            return response.failed(self.task)
        finally:
            # What `decide` came to know; the next request's lines must not carry it.
            self.logger.remove_keys(["orderId", "customerId"])

    def _count_failure(self) -> None:
        self.metrics.add_metric(name=self.failure_metric, unit=MetricUnit.Count, value=1)

    def _report(self, rejection: Rejection) -> None:
        groups = Counter(
            (violation.reported, violation.message) for violation in rejection.violations
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


def _most_frequent(counts: Counter[str]) -> Mapping[str, int]:
    """Return the counts of a few fields, and those of the others as one."""
    if len(counts) <= _COUNTED_FIELDS:
        return counts
    named = dict(counts.most_common(_COUNTED_FIELDS - 1))
    return {**named, _OTHER_FIELDS: counts.total() - sum(named.values())}


def _without_route(request: HttpRequest) -> Answer | None:
    """Return the response to a CORS preflight, for any path, or to a request that matches no route."""
    if request.method == "OPTIONS":
        return response.preflight()
    return response.not_found() if request.route == NO_ROUTE else None
