"""Alarms, dashboards, saved queries and X-Ray sampling."""
