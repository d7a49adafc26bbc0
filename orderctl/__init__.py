"""orderctl, the operator's command line: order timelines, dead letters, replay, personal data."""
