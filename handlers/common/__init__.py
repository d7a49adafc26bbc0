"""Shared by functions: AWS clients, SQS consumers, logs, metrics, exact JSON."""
