"""The event contract: what workflows receive, and the stream records that it is made from."""
