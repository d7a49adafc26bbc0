"""What goes wrong on the way to a running local stack, as one clear sentence."""


class LocalError(Exception):
    """Something that the user can act upon; its text is one sentence without internals."""
