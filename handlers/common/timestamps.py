"""How moments are written in answers, records and events."""

from datetime import UTC, datetime


def iso_8601(moment: datetime) -> str:
    """Return a moment in UTC with milliseconds: `2026-01-15T10:30:00.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
