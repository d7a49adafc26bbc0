"""Every CloudWatch alarm of the system as data, by what it monitors."""

from infra.monitoring.alarms.alarm import Alarm, AlarmSettings, Metric, Severity
from infra.monitoring.alarms.storage import WatchedQueue, WatchedTable

__all__ = ["Alarm", "AlarmSettings", "Metric", "Severity", "WatchedQueue", "WatchedTable"]
