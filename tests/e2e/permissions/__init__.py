"""Every permission of every role is needed."""
