"""CloudWatch alarms as data, by what they monitor."""

from infra.monitoring.alarms.alarm import Alarm, AlarmSettings, Metric, Severity

__all__ = ["Alarm", "AlarmSettings", "Metric", "Severity"]
