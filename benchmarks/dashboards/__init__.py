"""Pictures of the CloudWatch dashboards, from a load on the embedded AWS: `make dashboards`."""
