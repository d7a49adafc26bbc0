"""How many invocations a new version got during a step, from CloudWatch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.contract import ALIAS

if TYPE_CHECKING:
    from orderctl.stack import Stack
    from release.versions.aliases import Function


class Traffic:
    """Invocations of the versions of a stack's functions."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("cloudwatch")

    def now(self) -> datetime:
        """Return the time from which the invocations of a step count."""
        return datetime.now(UTC)

    def sentence(self, function: Function, since: datetime) -> str:
        """Say how many invocations the published version of a function got.

        They do not decide: a release does not fail because a number could not be read.
        """
        version = f"{function.package} {function.published}"
        try:
            count = self._invocations(function, since)
        except (ClientError, BotoCoreError):
            return f"{version}: the number of invocations could not be read"
        if count is None:
            return f"{version}: no invocations are reported, so the alarms may not have judged it"
        return f"{version}: {count} invocations"

    def _invocations(self, function: Function, since: datetime) -> int | None:
        # A weighted alias has metrics for each version.
        # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        response = self._client.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[
                {"Name": "FunctionName", "Value": function.name},
                {"Name": "Resource", "Value": f"{function.name}:{ALIAS}"},
                {"Name": "ExecutedVersion", "Value": str(function.published)},
            ],
            StartTime=since - timedelta(minutes=1),
            EndTime=self.now() + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        points = response["Datapoints"]
        return int(sum(point["Sum"] for point in points)) if points else None
