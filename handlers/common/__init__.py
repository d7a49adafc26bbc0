"""What several functions share: AWS clients, queue consumers, logs, exact JSON."""
