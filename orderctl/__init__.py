"""orderctl, the operator's command line: order timelines, dead letters, redrive, replay."""
