"""Journeys through the order form and the console of a local stack, in a browser."""
