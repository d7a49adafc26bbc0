"""CPU time of each handler's import, compared with boto3 and one client alone.

Each import runs in a new interpreter, in turn with the others, so that noise affects all alike.
"""

import os
import statistics
import subprocess
import sys
from typing import Final

from rich.console import Console
from rich.table import Table

ROUNDS: Final = 7

_HANDLERS: Final = ("orders", "intake", "lookup", "processor", "relay", "email", "audit")
_BOTO3_ALONE: Final = "import boto3; boto3.client('dynamodb')"
_STATEMENTS: Final = {
    "boto3 and one client": _BOTO3_ALONE,
    **{name: f"import handlers.{name}.handler" for name in _HANDLERS},
}
_MEASURE: Final = "import time; start = time.process_time(); {}; print(time.process_time() - start)"
_ENVIRONMENT: Final = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "ENVIRONMENT": "benchmark",
    "METRICS_NAMESPACE": "benchmark",
    "ORDERS_TABLE_NAME": "orders",
    "CUSTOMER_INDEX_NAME": "customers",
    "CUSTOMER_CLAIM": "sub",
    "CONTACT": "required",
    "CORS_ORIGINS": "*",
    "ORDER_RETENTION_DAYS": "90",
    "ORDER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
    "AUDIT_TABLE_NAME": "audit",
    "SENT_EMAILS_TABLE_NAME": "sent",
    "SENT_EMAILS_RETENTION_DAYS": "120",
    "CONFIRMATIONS_PER_HOUR": "20",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:topic",
    "EMAIL_TRANSPORT": "ses",
    "EMAIL_FROM": "orders@example.com",
    "EMAIL_CONFIGURATION_SET": "email",
}


def main() -> None:
    """Print the median, minimum and maximum of each import, in milliseconds of CPU time."""
    seconds: dict[str, list[float]] = {name: [] for name in _STATEMENTS}
    for _ in range(ROUNDS + 1):
        for name, statement in _STATEMENTS.items():
            seconds[name].append(_cpu_seconds(statement))
    table = Table(
        "import", "median ms", "min", "max", "x boto3", title=f"CPU of import, {ROUNDS} rounds"
    )
    base = statistics.median(seconds["boto3 and one client"][1:])
    for name, measured in seconds.items():
        counted = measured[1:]  # the first round compiles
        median = statistics.median(counted)
        figures = (f"{value * 1000:.0f}" for value in (median, min(counted), max(counted)))
        table.add_row(name, *figures, f"{median / base:.2f}")
    Console().print(table)


def _cpu_seconds(statement: str) -> float:
    command = [sys.executable, "-c", _MEASURE.format(statement)]
    environment = {"PATH": os.environ["PATH"], **_ENVIRONMENT}
    process = subprocess.run(  # noqa: S603 (the constants above)
        command, env=environment, capture_output=True, text=True, check=True
    )
    return float(process.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
