"""What the command lines share: clients, stack files, signals, exit codes."""
