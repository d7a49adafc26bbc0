"""Support for the journeys in a browser."""
