"""Release management: checks before a deployment, the deployment, tests after it, and rollback."""
