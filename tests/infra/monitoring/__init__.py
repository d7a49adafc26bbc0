"""Alarms, dashboards, queries and traces."""
