"""The event contract, and the stream records that events are derived from."""
