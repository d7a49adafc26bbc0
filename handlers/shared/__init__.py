"""What more than one handler needs: the event contract, exact JSON, logs and metrics."""
